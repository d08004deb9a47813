// A forest of messages that grows by links and never gets a loop (RFC 5256 §3, REFERENCES, step 1). Whether a link would make one is a question
// about the root of a tree that changes all the time, and mail decides how deep trees are: it is answered by a link-cut tree (Sleator and Tarjan),
// in logarithmic time, whatever was sent.
//
// Each path of a tree is a splay tree by depth; `#up` is the parent in it, or, at its root, the node of the tree above the path.

const NONE = -1

export class ThreadForest {
  /** Of each node its parent, or -1. */
  readonly parents: Int32Array
  readonly #children: Int32Array
  readonly #left: Int32Array
  readonly #right: Int32Array
  readonly #up: Int32Array

  constructor(nodes: number) {
    this.parents = new Int32Array(nodes).fill(NONE)
    this.#children = new Int32Array(nodes)
    this.#left = new Int32Array(nodes).fill(NONE)
    this.#right = new Int32Array(nodes).fill(NONE)
    this.#up = new Int32Array(nodes).fill(NONE)
  }

  /** Makes `child`, which has no parent, one of `parent`'s children, unless that would make a loop. */
  link(parent: number, child: number): void {
    if (parent === child) return
    if (this.#children[child] !== 0 && this.#rootOf(parent) === child) return
    this.#access(child)
    this.#up[child] = parent
    this.parents[child] = parent
    this.#children[parent] = (this.#children[parent] as number) + 1
  }

  /** Takes the node, with what is below it, from its parent. */
  cut(child: number): void {
    const parent = this.parents[child] as number
    if (parent === NONE) return
    this.#access(child)
    const above = this.#left[child] as number
    this.#up[above] = NONE
    this.#left[child] = NONE
    this.parents[child] = NONE
    this.#children[parent] = (this.#children[parent] as number) - 1
  }

  #rootOf(node: number): number {
    this.#access(node)
    let at = node
    while (this.#left[at] !== NONE) at = this.#left[at] as number
    this.#splay(at)
    return at
  }

  /** Makes the way from the tree's root to the node one path, with the node at the top of its splay tree. */
  #access(node: number): void {
    let below = NONE
    for (let at = node; at !== NONE; at = this.#up[at] as number) {
      this.#splay(at)
      this.#right[at] = below
      below = at
    }
    this.#splay(node)
  }

  #isTop(node: number): boolean {
    const up = this.#up[node] as number
    return up === NONE || (this.#left[up] !== node && this.#right[up] !== node)
  }

  #splay(node: number): void {
    while (!this.#isTop(node)) {
      const up = this.#up[node] as number
      if (!this.#isTop(up)) {
        const top = this.#up[up] as number
        const isStraight = (this.#left[up] === node) === (this.#left[top] === up)
        this.#rotate(isStraight ? up : node)
      }
      this.#rotate(node)
    }
  }

  #rotate(node: number): void {
    const up = this.#up[node] as number
    const top = this.#up[up] as number
    const upWasTop = this.#isTop(up)
    const [near, far] = this.#left[up] === node ? [this.#left, this.#right] : [this.#right, this.#left]
    const between = far[node] as number
    near[up] = between
    if (between !== NONE) this.#up[between] = up
    far[node] = up
    this.#up[up] = node
    this.#up[node] = top
    if (upWasTop) return
    if (this.#left[top] === up) this.#left[top] = node
    else this.#right[top] = node
  }
}
