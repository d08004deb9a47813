// Why a start does not succeed, in words for the person who started it.

export class StartError extends Error {
  override name = 'StartError'
}
