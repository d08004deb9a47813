// The types of React 19, as far as these pages and the parts of Base UI that they use have need of them. They stand here because React comes
// without types; when `@types/react` is among the packages, this file goes.

declare module 'react' {
  export type Key = string | number | bigint

  export interface RefObject<T> {
    current: T
  }
  export type MutableRefObject<T> = RefObject<T>
  export type RefCallback<T> = (instance: T | null) => void | (() => void)
  export type Ref<T> = RefCallback<T> | RefObject<T | null> | null
  export type ForwardedRef<T> = ((instance: T | null) => void) | RefObject<T | null> | null

  export interface Attributes {
    key?: Key | null | undefined
  }
  export interface RefAttributes<T> extends Attributes {
    ref?: Ref<T> | undefined
  }

  export interface ReactElement<P = unknown> {
    type: unknown
    props: P
    key: string | null
  }
  export interface ReactPortal extends ReactElement {
    children: ReactNode
  }
  export type ReactNode = ReactElement | string | number | bigint | boolean | null | undefined | Iterable<ReactNode>
  export type JSXElementConstructor<P> = (props: P) => ReactNode
  export interface FunctionComponent<P = object> {
    (props: P): ReactNode
  }
  export type FC<P = object> = FunctionComponent<P>
  export interface ExoticComponent<P = object> {
    (props: P): ReactNode
    readonly $$typeof: symbol
  }
  export type NamedExoticComponent<P = object> = ExoticComponent<P>
  export type ForwardRefExoticComponent<P> = ExoticComponent<P>
  export interface Context<T> {
    (props: { value: T; children?: ReactNode }): ReactNode
    Provider: (props: { value: T; children?: ReactNode }) => ReactNode
  }
  export type ElementType<P = never> = keyof JSX.IntrinsicElements | JSXElementConstructor<P>
  export type ComponentProps<T> =
    T extends JSXElementConstructor<infer P>
      ? P
      : T extends keyof JSX.IntrinsicElements
        ? JSX.IntrinsicElements[T]
        : object
  export type ComponentPropsWithRef<T> = ComponentProps<T>
  export type ComponentPropsWithoutRef<T> = Omit<ComponentProps<T>, 'ref'>

  export type Dispatch<A> = (value: A) => void
  export type SetStateAction<S> = S | ((previous: S) => S)
  export type DependencyList = readonly unknown[]
  export type EffectCallback = () => void | (() => void)

  export function useState<S>(initial: S | (() => S)): [S, Dispatch<SetStateAction<S>>]
  export function useRef<T>(initial: T): RefObject<T>
  export function useRef<T>(initial: T | null): RefObject<T | null>
  export function useEffect(effect: EffectCallback, dependencies?: DependencyList): void
  export function useLayoutEffect(effect: EffectCallback, dependencies?: DependencyList): void
  export function useMemo<T>(make: () => T, dependencies: DependencyList): T
  export function useCallback<T>(callback: T, dependencies: DependencyList): T
  export function useId(): string
  export function useContext<T>(context: Context<T>): T
  export function useSyncExternalStore<T>(subscribe: (notify: () => void) => () => void, snapshot: () => T): T
  export function createContext<T>(initial: T): Context<T>
  export function memo<P>(
    component: (props: P) => ReactNode,
    same?: (before: P, after: P) => boolean,
  ): (props: P) => ReactNode
  export function lazy<P>(load: () => Promise<{ default: (props: P) => ReactNode }>): (props: P) => ReactNode
  export const Suspense: (props: { fallback?: ReactNode; children?: ReactNode }) => ReactNode
  export const Fragment: (props: { children?: ReactNode }) => ReactNode
  export const StrictMode: (props: { children?: ReactNode }) => ReactNode

  export interface SyntheticEvent<T = Element, E = Event> {
    readonly nativeEvent: E
    readonly currentTarget: T
    readonly target: EventTarget
    readonly type: string
    readonly defaultPrevented: boolean
    preventDefault(): void
    stopPropagation(): void
  }
  interface Modifiers {
    readonly altKey: boolean
    readonly ctrlKey: boolean
    readonly metaKey: boolean
    readonly shiftKey: boolean
  }
  export interface KeyboardEvent<T = Element> extends SyntheticEvent<T, globalThis.KeyboardEvent>, Modifiers {
    readonly key: string
    readonly code: string
    readonly repeat: boolean
  }
  export interface MouseEvent<T = Element, E = globalThis.MouseEvent> extends SyntheticEvent<T, E>, Modifiers {
    readonly button: number
    readonly detail: number
    readonly clientX: number
    readonly clientY: number
    readonly relatedTarget: EventTarget | null
  }
  export interface PointerEvent<T = Element> extends MouseEvent<T, globalThis.PointerEvent> {
    readonly pointerId: number
    readonly pointerType: string
  }
  export interface TouchEvent<T = Element> extends SyntheticEvent<T, globalThis.TouchEvent>, Modifiers {
    readonly touches: TouchList
  }
  export interface FocusEvent<T = Element> extends SyntheticEvent<T, globalThis.FocusEvent> {
    readonly relatedTarget: EventTarget | null
  }
  export interface DragEvent<T = Element> extends MouseEvent<T, globalThis.DragEvent> {
    readonly dataTransfer: DataTransfer
  }
  export interface ClipboardEvent<T = Element> extends SyntheticEvent<T, globalThis.ClipboardEvent> {
    readonly clipboardData: DataTransfer
  }
  export interface ChangeEvent<T = Element> extends SyntheticEvent<T> {
    readonly target: EventTarget & T
  }
  export type EventHandler<E> = (event: E) => void
  export type KeyboardEventHandler<T = Element> = EventHandler<KeyboardEvent<T>>
  export type MouseEventHandler<T = Element> = EventHandler<MouseEvent<T>>
  export type PointerEventHandler<T = Element> = EventHandler<PointerEvent<T>>
  export type TouchEventHandler<T = Element> = EventHandler<TouchEvent<T>>

  export interface CSSProperties {
    [property: string]: string | number | undefined
  }
  export type AriaRole = string

  export interface HTMLAttributes<T> {
    children?: ReactNode
    className?: string | undefined
    id?: string | undefined
    role?: AriaRole | undefined
    title?: string | undefined
    lang?: string | undefined
    dir?: string | undefined
    hidden?: boolean | undefined
    inert?: boolean | undefined
    tabIndex?: number | undefined
    style?: CSSProperties | undefined
    draggable?: boolean | undefined
    spellCheck?: boolean | undefined
    autoFocus?: boolean | undefined
    onClick?: MouseEventHandler<T> | undefined
    onDoubleClick?: MouseEventHandler<T> | undefined
    onContextMenu?: MouseEventHandler<T> | undefined
    onMouseDown?: MouseEventHandler<T> | undefined
    onPointerDown?: PointerEventHandler<T> | undefined
    onPointerEnter?: PointerEventHandler<T> | undefined
    onKeyDown?: KeyboardEventHandler<T> | undefined
    onKeyUp?: KeyboardEventHandler<T> | undefined
    onFocus?: EventHandler<FocusEvent<T>> | undefined
    onBlur?: EventHandler<FocusEvent<T>> | undefined
    onScroll?: EventHandler<SyntheticEvent<T>> | undefined
    onDragOver?: EventHandler<DragEvent<T>> | undefined
    onDragLeave?: EventHandler<DragEvent<T>> | undefined
    onDrop?: EventHandler<DragEvent<T>> | undefined
    onPaste?: EventHandler<ClipboardEvent<T>> | undefined
    onChange?: EventHandler<ChangeEvent<T>> | undefined
    onInput?: EventHandler<SyntheticEvent<T>> | undefined
    onSubmit?: EventHandler<SyntheticEvent<T>> | undefined
    onLoad?: EventHandler<SyntheticEvent<T>> | undefined
    onError?: EventHandler<SyntheticEvent<T>> | undefined
    onToggle?: EventHandler<SyntheticEvent<T>> | undefined
  }
  export type HTMLProps<T> = HTMLAttributes<T> & RefAttributes<T>
  export interface LabelHTMLAttributes<T> extends HTMLAttributes<T> {
    htmlFor?: string | undefined
  }
  interface AnchorAttributes extends HTMLAttributes<HTMLAnchorElement> {
    href?: string | undefined
    target?: string | undefined
    rel?: string | undefined
    download?: string | undefined
  }
  interface ButtonAttributes extends HTMLAttributes<HTMLButtonElement> {
    type?: 'button' | 'submit' | undefined
    disabled?: boolean | undefined
  }
  interface InputAttributes extends HTMLAttributes<HTMLInputElement> {
    type?: string | undefined
    name?: string | undefined
    value?: string | undefined
    defaultValue?: string | undefined
    checked?: boolean | undefined
    disabled?: boolean | undefined
    required?: boolean | undefined
    multiple?: boolean | undefined
    placeholder?: string | undefined
    autoComplete?: string | undefined
    autoCapitalize?: string | undefined
    enterKeyHint?: string | undefined
    inputMode?: string | undefined
    maxLength?: number | undefined
  }
  interface TextareaAttributes extends HTMLAttributes<HTMLTextAreaElement> {
    name?: string | undefined
    value?: string | undefined
    rows?: number | undefined
    placeholder?: string | undefined
    disabled?: boolean | undefined
  }
  interface SelectAttributes extends HTMLAttributes<HTMLSelectElement> {
    value?: string | undefined
    disabled?: boolean | undefined
  }
  interface ImageAttributes extends HTMLAttributes<HTMLImageElement> {
    src?: string | undefined
    alt?: string | undefined
    width?: number | undefined
    height?: number | undefined
  }
  interface FrameAttributes extends HTMLAttributes<HTMLIFrameElement> {
    src?: string | undefined
    sandbox?: string | undefined
    referrerPolicy?: string | undefined
    allow?: string | undefined
  }
  interface DetailsAttributes extends HTMLAttributes<HTMLDetailsElement> {
    open?: boolean | undefined
  }
  interface DialogAttributes extends HTMLAttributes<HTMLDialogElement> {
    open?: boolean | undefined
  }
  interface OptionAttributes extends HTMLAttributes<HTMLOptionElement> {
    value?: string | undefined
  }
  interface TimeAttributes extends HTMLAttributes<HTMLTimeElement> {
    dateTime?: string | undefined
  }
  interface ProgressAttributes extends HTMLAttributes<HTMLProgressElement> {
    value?: number | undefined
    max?: number | undefined
  }
  interface SVGAttributes extends HTMLAttributes<SVGElement> {
    viewBox?: string | undefined
    width?: number | string | undefined
    height?: number | string | undefined
    fill?: string | undefined
    stroke?: string | undefined
    strokeWidth?: number | string | undefined
    strokeLinecap?: string | undefined
    strokeLinejoin?: string | undefined
    d?: string | undefined
  }

  type Html<T> = RefAttributes<T> & HTMLAttributes<T>

  export namespace JSX {
    type Element = ReactElement
    type ElementType = keyof IntrinsicElements | ((props: never) => ReactNode)
    interface ElementChildrenAttribute {
      children: unknown
    }
    interface IntrinsicAttributes {
      key?: Key | null | undefined
    }
    interface IntrinsicElements {
      a: RefAttributes<HTMLAnchorElement> & AnchorAttributes
      article: Html<HTMLElement>
      aside: Html<HTMLElement>
      bdi: Html<HTMLElement>
      blockquote: Html<HTMLQuoteElement>
      br: Html<HTMLBRElement>
      button: RefAttributes<HTMLButtonElement> & ButtonAttributes
      code: Html<HTMLElement>
      dd: Html<HTMLElement>
      details: RefAttributes<HTMLDetailsElement> & DetailsAttributes
      dialog: RefAttributes<HTMLDialogElement> & DialogAttributes
      div: Html<HTMLDivElement>
      dl: Html<HTMLElement>
      dt: Html<HTMLElement>
      em: Html<HTMLElement>
      fieldset: Html<HTMLFieldSetElement>
      footer: Html<HTMLElement>
      form: Html<HTMLFormElement>
      h1: Html<HTMLHeadingElement>
      h2: Html<HTMLHeadingElement>
      h3: Html<HTMLHeadingElement>
      header: Html<HTMLElement>
      hr: Html<HTMLHRElement>
      iframe: RefAttributes<HTMLIFrameElement> & FrameAttributes
      img: RefAttributes<HTMLImageElement> & ImageAttributes
      input: RefAttributes<HTMLInputElement> & InputAttributes
      kbd: Html<HTMLElement>
      label: RefAttributes<HTMLLabelElement> & LabelHTMLAttributes<HTMLLabelElement>
      legend: Html<HTMLElement>
      li: Html<HTMLLIElement>
      main: Html<HTMLElement>
      mark: Html<HTMLElement>
      nav: Html<HTMLElement>
      ol: Html<HTMLOListElement>
      option: RefAttributes<HTMLOptionElement> & OptionAttributes
      p: Html<HTMLParagraphElement>
      path: SVGAttributes
      progress: RefAttributes<HTMLProgressElement> & ProgressAttributes
      section: Html<HTMLElement>
      select: RefAttributes<HTMLSelectElement> & SelectAttributes
      small: Html<HTMLElement>
      span: Html<HTMLSpanElement>
      strong: Html<HTMLElement>
      summary: Html<HTMLElement>
      svg: SVGAttributes
      textarea: RefAttributes<HTMLTextAreaElement> & TextareaAttributes
      time: RefAttributes<HTMLTimeElement> & TimeAttributes
      ul: Html<HTMLUListElement>
    }
  }
}

declare module 'react/jsx-runtime' {
  export { JSX } from 'react'
  export function jsx(type: unknown, props: unknown, key?: unknown): import('react').ReactElement
  export const jsxs: typeof jsx
  export const Fragment: typeof import('react').Fragment
}

declare module 'react-dom' {
  export function flushSync<T>(run: () => T): T
  export function createPortal(children: import('react').ReactNode, container: Element): import('react').ReactPortal
}

declare module 'react-dom/client' {
  export function createRoot(container: Element): { render(children: import('react').ReactNode): void; unmount(): void }
}
