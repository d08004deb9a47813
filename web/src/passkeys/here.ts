import { type PasskeyPlace, passkeyPlace } from './place.ts'

/** Of this page. */
export function passkeysHere(): PasskeyPlace {
  return passkeyPlace(location, isSecureContext && 'PublicKeyCredential' in window)
}
