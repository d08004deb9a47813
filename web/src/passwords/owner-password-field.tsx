// The owner's own password, asked for again before something that opens the account is changed.

export interface OwnerPasswordFieldProps {
  readonly label?: string
  readonly value: string
  readonly onChange: (value: string) => void
}

export function OwnerPasswordField({ label = 'Your own password', value, onChange }: OwnerPasswordFieldProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <input
        type="password"
        autoComplete="current-password"
        spellCheck={false}
        required
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  )
}
