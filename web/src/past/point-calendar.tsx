// A month, with the days at which something changed to choose from.

import { useState } from 'react'
import { IconButton } from '#web/ui/icon-button.tsx'
import { isBefore, monthOf, otherMonth, pointsOf, weeksOf } from './calendar.ts'
import { type Point, countsInWords } from './point.ts'

const monthName = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' })
const dayName = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' })
const weekdayShort = new Intl.DateTimeFormat(undefined, { weekday: 'narrow' })
const weekdayLong = new Intl.DateTimeFormat(undefined, { weekday: 'long' })
/** A Monday, and the days after it. */
const WEEK = Array.from({ length: 7 }, (_, day) => new Date(2024, 0, 1 + day))

export interface PointCalendarProps {
  /** Of days, the newest first; at least one. */
  readonly points: readonly Point[]
  readonly chosen: Point | null
  readonly onChoose: (point: Point) => void
}

export function PointCalendar({ points, chosen, onChoose }: PointCalendarProps) {
  const newest = monthOf((points[0] as Point).to)
  const oldest = monthOf((points.at(-1) as Point).to)
  const [month, setMonth] = useState(newest)
  const days = pointsOf(month, points)
  const title = monthName.format(new Date(month.year, month.month, 1))
  return (
    <div className="calendar">
      <div className="calendar-head">
        <IconButton
          icon="back"
          label="The month before"
          isDisabled={!isBefore(oldest, month)}
          onClick={() => setMonth(otherMonth(month, -1))}
        />
        <h2 aria-live="polite">{title}</h2>
        <IconButton
          icon="back"
          label="The month after"
          className="calendar-next"
          isDisabled={!isBefore(month, newest)}
          onClick={() => setMonth(otherMonth(month, 1))}
        />
      </div>
      <table>
        <caption className="visually-hidden">{title}: days at which something changed</caption>
        <thead>
          <tr>
            {WEEK.map((day) => (
              <th key={day.getTime()} scope="col" abbr={weekdayLong.format(day)}>
                {weekdayShort.format(day)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeksOf(month).map((week) => (
            <tr key={week.find((day) => day !== null)}>
              {week.map((day, at) => {
                const point = day === null ? undefined : days.get(day)
                if (point === undefined) return <td key={at}>{day}</td>
                return (
                  <td key={at}>
                    <button
                      type="button"
                      className="calendar-day"
                      aria-pressed={point.record === chosen?.record}
                      aria-label={`${dayName.format(new Date(point.to))}: ${countsInWords(point.counts)}`}
                      title={countsInWords(point.counts)}
                      onClick={() => onChoose(point)}
                    >
                      {day}
                    </button>
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
