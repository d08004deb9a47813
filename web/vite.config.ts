// The two builds of the web pages: the page itself, and the script of the frame that shows HTML mail, which is a classic script because a
// document without an origin may not load modules.

import path from 'node:path'
import type { InlineConfig } from 'vite'

const root = import.meta.dirname
/** Base UI marks its modules for servers that render; here nothing renders but the browser. */
const rolldownOptions: NonNullable<NonNullable<InlineConfig['build']>['rolldownOptions']> = {
  onLog(level, log, report) {
    if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log)
  },
}

const target = ['chrome120', 'firefox121', 'safari17']

export function pageBuild(outDir: string): InlineConfig {
  return {
    root,
    configFile: false,
    logLevel: 'warn',
    base: '/',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir,
      emptyOutDir: true,
      target,
      // A picture inside a style sheet would be a `data:` URL.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions,
    },
  }
}

export function frameBuild(outDir: string): InlineConfig {
  return {
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      outDir,
      emptyOutDir: false,
      target,
      reportCompressedSize: false,
      rolldownOptions,
      lib: {
        entry: path.join(root, 'src/message-frame/main.ts'),
        formats: ['iife'],
        name: 'MailkeepMessageFrame',
        fileName: () => 'message-frame.js',
      },
    },
  }
}
