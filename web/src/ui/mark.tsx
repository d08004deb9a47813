// The mark: a keep that is an envelope.

export function Mark({ size }: { readonly size: number }) {
  return (
    <svg className="mark" viewBox="0 0 32 32" width={size} height={size} fill="none" aria-hidden="true">
      <path className="mark-keep" d="M4 5h6v4h3V5h6v4h3V5h6v21a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3z" />
      <path className="mark-flap" d="m9 15 7 6 7-6" strokeWidth={2.4} strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}
