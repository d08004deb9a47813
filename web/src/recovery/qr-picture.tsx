// A QR code, dark on white whatever the colours of the page: cameras want it so.

import { QUIET_MODULES, qrModules } from '#sheet/qr.ts'

export function QrPicture({ text, label }: { readonly text: string; readonly label: string }) {
  const rows = qrModules(text)
  const size = rows.length + 2 * QUIET_MODULES
  const path = rows
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + QUIET_MODULES} ${y + QUIET_MODULES}h1v1h-1z` : '')))
    .join('')
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
