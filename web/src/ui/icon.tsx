// The icons: one stroke, drawn on a grid of 20.

const paths = {
  archive: 'M3 5.5h14v3H3zM4.5 8.5V16h11V8.5M8 11.5h4',
  attach: 'm15.5 9.5-5.6 5.6a3.5 3.5 0 0 1-5-5l6.1-6a2.4 2.4 0 0 1 3.4 3.3l-6 6a1.2 1.2 0 0 1-1.8-1.7l5.3-5.2',
  back: 'M12.5 4.5 7 10l5.5 5.5',
  check: 'm4.5 10.5 3.6 3.6 7.4-8',
  chevron: 'm5.5 8 4.5 4.5L14.5 8',
  close: 'm5 5 10 10M15 5 5 15',
  download: 'M10 3.5v9m0 0 3.5-3.5M10 12.5 6.5 9M4 16.5h12',
  drafts: 'M4 16l.8-3.6L13.6 3.6a1.4 1.4 0 0 1 2 0l.8.8a1.4 1.4 0 0 1 0 2L7.6 15.2z',
  edit: 'M4 16l.8-3.6L13.6 3.6a1.4 1.4 0 0 1 2 0l.8.8a1.4 1.4 0 0 1 0 2L7.6 15.2zM12 5.2 14.8 8',
  file: 'M5.5 3h6L15 6.5V17H5.5zM11.5 3v3.5H15',
  flag: 'M5 17V3.8M5 4h9.5l-2 3.2 2 3.3H5',
  folder: 'M3 5.5h5l1.5 2H17v8H3z',
  forward: 'M12 5.5 16.5 10 12 14.5M16 10H9.5A5.5 5.5 0 0 0 4 15.5',
  help: 'M7.5 7.7a2.6 2.6 0 1 1 3.7 2.4c-.8.4-1.2.9-1.2 1.9M10 14.8v.1',
  history: 'M4.2 7.5A6.5 6.5 0 1 1 3.5 11M4 3.8v3.9h3.9M10 6.5V10l2.6 1.8',
  image: 'M3.5 4.5h13v11h-13zM3.5 13l3.8-3.6 3 2.8 2.4-2 3.8 3.3M12.6 8v.1',
  inbox: 'M3.5 11 5.8 4.5h8.4L16.5 11v4.5h-13zM3.5 11h4l1 2h3l1-2h4',
  junk: 'M10 3.5 17 16H3zM10 8v4M10 13.9v.1',
  logout: 'M8 4H4.5v12H8M12.5 6.5 16 10l-3.5 3.5M16 10H8',
  menu: 'M3.5 5.5h13M3.5 10h13M3.5 14.5h13',
  more: 'M5 10v.1M10 10v.1M15 10v.1',
  move: 'M3 5.5h5l1.5 2H17v8H3zM8 11.5h4.5m0 0-1.8-1.8m1.8 1.8-1.8 1.8',
  open: 'M11.5 4H16v4.5M16 4l-7 7M14 11.5V16H4V6h4.5',
  plus: 'M10 4.5v11M4.5 10h11',
  read: 'M3.5 8 10 3.5 16.5 8v8h-13zM3.5 8l6.5 4.5L16.5 8',
  reply: 'M8 5.5 3.5 10 8 14.5M4 10h6.5a5.5 5.5 0 0 1 5.5 5.5',
  replyAll: 'M10.5 5.5 6 10l4.5 4.5M6.5 5.5 2 10l4.5 4.5M6.5 10H12a5.5 5.5 0 0 1 5.5 5.5',
  search: 'M8.8 14.1a5.3 5.3 0 1 0 0-10.6 5.3 5.3 0 0 0 0 10.6zM12.7 12.7l4 4',
  send: 'M3.5 10 16.5 4l-4 12.5-3-5zM9.5 11.5 16.5 4',
  sent: 'M3.5 10 16.5 4l-4 12.5-3-5zM9.5 11.5 16.5 4',
  settings:
    'M10 12.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2zM10 3v2M10 15v2M3 10h2M15 10h2M5 5l1.5 1.5M13.5 13.5 15 15M15 5l-1.5 1.5M6.5 13.5 5 15',
  shield: 'M10 3 4.5 5v4.6c0 3.4 2.3 6 5.5 7.4 3.2-1.4 5.5-4 5.5-7.4V5z',
  trash: 'M4 5.5h12M8 5.5v-2h4v2M5.5 5.5 6.3 17h7.4l.8-11.5M8.5 8.5v5.5M11.5 8.5v5.5',
  unread: 'M3.5 5h13v10h-13zM3.5 5.5 10 10.5l6.5-5',
  undo: 'M7 4.5 3.5 8 7 11.5M4 8h7.5a4.5 4.5 0 0 1 0 9H7',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, isFilled = false }: { readonly name: IconName; readonly isFilled?: boolean }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 20 20"
      width={20}
      height={20}
      fill={isFilled ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2.6 : 1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}
