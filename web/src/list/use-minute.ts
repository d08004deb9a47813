// The time, as far as lists need it: it moves once a minute, so that “Today” ends at midnight.

import { useEffect, useState } from 'react'

export function useMinute(): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 60_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
