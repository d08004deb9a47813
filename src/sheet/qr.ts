// A QR code (ISO/IEC 18004) as rows of modules. Capital letters, digits and hyphens alone take its alphanumeric mode, which keeps it coarse enough for a bad
// printer and an old camera.

import { encode } from 'uqr'

/** Light modules that must be left around it. */
export const QUIET_MODULES = 4

/** True is dark. A quarter of it may be unreadable. */
export function qrModules(text: string): readonly (readonly boolean[])[] {
  return encode(text, { ecc: 'Q', border: 0 }).data
}
