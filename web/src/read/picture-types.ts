// Pictures that a browser shows as nothing but pictures. SVG is not among them: it is a document.

export const PICTURE_TYPES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
])
