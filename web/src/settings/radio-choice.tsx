// One of a few choices, side by side.

import { useId } from 'react'

export interface RadioChoiceProps<T extends string> {
  readonly legend: string
  readonly value: T
  readonly options: readonly (readonly [value: T, label: string])[]
  readonly onChange: (value: T) => void
}

export function RadioChoice<T extends string>({ legend, value, options, onChange }: RadioChoiceProps<T>) {
  const name = useId()
  return (
    <fieldset className="radio-choice">
      <legend>{legend}</legend>
      <div className="radio-options">
        {options.map(([option, label]) => (
          <label key={option} className={option === value ? 'radio radio-on' : 'radio'}>
            <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
