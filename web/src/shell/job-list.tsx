// What is under way and takes longer than a moment: what, how far it has come, and a way to stop it.

import { useObserved } from '#web/mail/observable.ts'
import { useWorkspace } from './workspace.ts'

const number = new Intl.NumberFormat()

export function JobList() {
  const { jobs } = useWorkspace()
  useObserved(jobs)
  return jobs.all.map(({ id, label, done, total }) => (
    <div key={id} className="notice job">
      <span className="job-words">
        {label} … {total > 0 && `${number.format(done)} of ${number.format(total)}`}
      </span>
      <progress aria-label={label} {...(total > 0 ? { value: done, max: total } : {})} />
      <button type="button" className="notice-action" onClick={() => jobs.stop(id)}>
        Stop
      </button>
    </div>
  ))
}
