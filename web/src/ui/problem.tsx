// Why something that was tried did not come about: read out when it appears.

export function Problem({ text }: { readonly text: string | null }) {
  return (
    text !== null && (
      <p role="alert" className="form-problem">
        {text}
      </p>
    )
  )
}
