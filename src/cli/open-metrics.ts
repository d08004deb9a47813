// Metrics as text: OpenMetrics 1.0, of which only what older readers of Prometheus' text format take in the same sense is used. Gauges alone: what is counted here is read from files and processes that may
// begin again, and a counter that goes back would be taken for a restart.

interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

interface Metric {
  readonly name: string
  readonly help: string
  readonly unit?: 'seconds' | 'bytes' | 'ratio'
  readonly samples: readonly Sample[]
}

export class OpenMetrics {
  readonly #metrics: Metric[] = []

  /** A name with a unit ends in it. What has no samples is left out; a value that is not known is not a sample. */
  gauge(
    name: string,
    help: string,
    samples: readonly (Omit<Sample, 'value'> & { readonly value: number | null })[],
  ): void {
    const known = samples.filter((sample): sample is Sample => sample.value !== null)
    const unit = (['seconds', 'bytes', 'ratio'] as const).find((one) => name.endsWith(`_${one}`))
    if (known.length > 0) this.#metrics.push({ name, help, samples: known, ...(unit === undefined ? {} : { unit }) })
  }

  get text(): string {
    return `${this.#metrics.flatMap(linesOf).join('\n')}\n# EOF\n`
  }
}

function linesOf({ name, help, unit, samples }: Metric): string[] {
  return [
    `# TYPE ${name} gauge`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(({ labels = {}, value }) => `${name}${labelsOf(labels)} ${value}`),
  ]
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** OpenMetrics 1.0, "escaped-string". */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
