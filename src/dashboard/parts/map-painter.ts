// Paints the grid on a canvas, from ten thousand dots to one node's parts and workloads; moved by hand and by keys.

import type { GridMap } from '../../services/control/dashboard-types.ts'
import type { NodeDetail } from '../../services/control/ports.ts'
import { bytes, percent } from '../format.ts'
import { read } from '../state/api.ts'
import { coasts } from './coasts.ts'
import { layOut, layOutOnEarth, type MapLayout } from './map-layout.ts'
import { toneOf } from './parts.tsx'

/** From this size on, in px, a node shows its number. */
const numberFrom = 34

/** From this size on, in px, a node shows its parts and workloads. */
const detailFrom = 150

/** Nodes whose parts are asked for at once, and how long they hold, in ms. */
const mostDetails = 24
const detailMs = 2000

const largest = 420

/** What the picture shows, and how. */
export interface Look {
  readonly colourBy: 'phase' | 'use'
  /** Farms stand where they are on earth. */
  readonly isMap: boolean
}

/** A canvas with the grid on it. */
export class MapPainter {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #open: (id: number) => void
  readonly #stops = new AbortController()
  readonly #watcher: ResizeObserver
  readonly #details = new Map<number, { node: NodeDetail | null; until: number }>()
  #map: GridMap | null = null
  #layout: MapLayout | null = null
  #look: Look = { colourBy: 'phase', isMap: false }
  #marked: ReadonlySet<number> | null = null
  /** Px of one node, and where on the picture the canvas begins. */
  #size = 10
  #x = 0
  #y = 0
  #isTouched = false
  #frame = 0
  #drag: { x: number; y: number; hasMoved: boolean } | null = null

  constructor(canvas: HTMLCanvasElement, open: (id: number) => void) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d')!
    this.#open = open
    this.#watcher = new ResizeObserver(() => this.#paintSoon())
    this.#watcher.observe(canvas)
    this.#listen()
  }

  /** Shows a grid, some nodes marked if wanted; where people have moved to stays. */
  show(map: GridMap, look: Look, marked: ReadonlySet<number> | null = null): void {
    this.#marked = marked
    const isSame =
      this.#map !== null &&
      this.#map.farm.length === map.farm.length &&
      this.#map.farm.every((farm, i) => farm === map.farm[i])
    this.#map = map
    const isTurned = this.#look.isMap !== look.isMap
    this.#look = look
    if (isTurned) this.#isTouched = false
    if (!isSame || isTurned || !this.#layout) {
      this.#layout = (look.isMap ? layOutOnEarth : layOut)(map.farms, map.farm)
    }
    this.#paintSoon()
  }

  /** Ends its listening. */
  stop(): void {
    this.#stops.abort()
    this.#watcher.disconnect()
    cancelAnimationFrame(this.#frame)
  }

  #paintSoon(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => this.#paint())
  }

  #fit({ width, height }: MapLayout): void {
    const { clientWidth, clientHeight } = this.#canvas
    const margin = 16
    const wide = (clientWidth - 2 * margin) / width
    const high = (clientHeight - 2 * margin) / height
    this.#size = Math.max(1, Math.min(wide, high, 90))
    this.#x = -(clientWidth - width * this.#size) / 2 / this.#size
    this.#y = -margin / this.#size
  }

  #paint(): void {
    const layout = this.#layout
    const map = this.#map
    if (!layout || !map) return
    const { clientWidth: width, clientHeight: height } = this.#canvas
    const ratio = devicePixelRatio || 1
    this.#canvas.width = Math.round(width * ratio)
    this.#canvas.height = Math.round(height * ratio)
    if (!this.#isTouched) this.#fit(layout)
    const context = this.#context
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, width, height)
    const colours = coloursOf(this.#canvas)
    if (layout.project) {
      this.#paintEarth(layout.project, colours)
      this.#paintHomes(layout, colours)
    }
    this.#paintFarms(layout, colours)
    this.#paintNodes({ layout, map, colours, width, height })
  }

  #paintEarth(project: NonNullable<MapLayout['project']>, { line }: Colours): void {
    const context = this.#context
    context.fillStyle = line
    for (const coast of coasts) {
      context.beginPath()
      for (let i = 0; i < coast.length; i += 2) {
        const [x, y] = project(coast[i]!, coast[i + 1]!)
        context.lineTo((x - this.#x) * this.#size, (y - this.#y) * this.#size)
      }
      context.fill()
    }
  }

  /** A line from each farm to where it really stands, since its neighbours may have taken the room. */
  #paintHomes({ farms }: MapLayout, { accent }: Colours): void {
    const context = this.#context
    context.strokeStyle = accent
    context.fillStyle = accent
    for (const { x, y, columns, rows, home } of farms) {
      if (!home) continue
      const [left, top] = [(home[0] - this.#x) * this.#size, (home[1] - this.#y) * this.#size]
      context.beginPath()
      context.moveTo(left, top)
      context.lineTo(
        (x + columns / 2 - this.#x) * this.#size,
        (y + rows / 2 + 1 - this.#y) * this.#size,
      )
      context.stroke()
      context.fillRect(left - 2, top - 2, 4, 4)
    }
  }

  #paintFarms({ farms }: MapLayout, { ink }: Colours): void {
    const context = this.#context
    const size = this.#size
    if (size < 4) return
    context.fillStyle = ink
    context.font = `${Math.max(10, Math.min(18, size * 0.6))}px system-ui, sans-serif`
    context.textBaseline = 'bottom'
    for (const { name, x, y, columns } of farms) {
      const room = columns * size
      context.fillText(name, (x - this.#x) * size, (y + 1.1 - this.#y) * size, room)
    }
  }

  #paintNodes(place: {
    layout: MapLayout
    map: GridMap
    colours: Colours
    width: number
    height: number
  }): void {
    const { layout, map, colours, width, height } = place
    const context = this.#context
    const size = this.#size
    const side = Math.max(1, size * 0.86)
    const close: number[] = []
    for (let i = 0; i < map.id.length; i += 1) {
      const x = (layout.xs[i]! - this.#x) * size
      const y = (layout.ys[i]! - this.#y) * size
      if (x + size < 0 || y + size < 0 || x > width || y > height) continue
      context.fillStyle =
        this.#look.colourBy === 'phase'
          ? colours.ofTone(toneOf(map.phases[map.phase[i]!] ?? ''))
          : colours.ofUse(map.use[i]!)
      if (size >= detailFrom) {
        close.push(i)
        context.globalAlpha = 0.18
      }
      const isMarked = this.#marked?.has(map.id[i]!) ?? false
      if (this.#marked !== null && !isMarked) context.globalAlpha *= 0.3
      context.fillRect(x, y, side, side)
      context.globalAlpha = 1
      if (isMarked) this.#paintMark(x, y, side, colours)
      if (size >= numberFrom && size < detailFrom) this.#paintNumber(map.id[i]!, x, y, colours)
    }
    for (const i of close) {
      const x = (layout.xs[i]! - this.#x) * size
      const y = (layout.ys[i]! - this.#y) * size
      this.#paintDetail(map, i, { x, y, side, colours })
    }
    if (close.length > 0) this.#ask(close.map(i => map.id[i]!))
  }

  /** A frame that is seen whatever the colour of the node is; of a dot that is too small for one, the dot itself. */
  #paintMark(x: number, y: number, side: number, { ink, bad }: Colours): void {
    const context = this.#context
    const width = Math.max(1.5, Math.min(5, side * 0.12))
    if (side < 4) {
      context.fillStyle = bad
      context.fillRect(x, y, side, side)
      return
    }
    context.lineWidth = width
    context.strokeStyle = ink
    context.strokeRect(x + width / 2, y + width / 2, side - width, side - width)
    context.lineWidth = 1
  }

  #paintNumber(id: number, x: number, y: number, { paper }: Colours): void {
    const context = this.#context
    context.fillStyle = paper
    context.font = `${Math.round(this.#size * 0.34)}px system-ui, sans-serif`
    context.textBaseline = 'middle'
    context.fillText(id === 0 ? '…' : `${id}`, x + this.#size * 0.1, y + this.#size * 0.43)
  }

  #paintDetail(
    map: GridMap,
    i: number,
    { x, y, side, colours }: { x: number; y: number; side: number; colours: Colours },
  ): void {
    const context = this.#context
    const id = map.id[i]!
    const node = this.#details.get(id)?.node
    const unit = side / 12
    context.fillStyle = colours.ink
    context.textBaseline = 'top'
    context.font = `${Math.round(unit * 1.1)}px system-ui, sans-serif`
    const title = `node ${id} ${map.phases[map.phase[i]!] ?? ''}`
    context.fillText(title, x + unit / 2, y + unit / 2, side - unit)
    if (!node) return
    const parts = [
      ['CPU', node.used.cru!, node.total.cru!, node.total.cru!],
      ['memory', node.used.mru!, node.total.mru!, bytes(node.total.mru!)],
      ['SSD', node.used.sru!, node.total.sru!, bytes(node.total.sru!)],
      ['HDD', node.used.hru!, node.total.hru!, bytes(node.total.hru!)],
    ] as const
    parts.forEach(([label, used, total, text], row) => {
      const top = y + unit * (2.2 + row * 1.4)
      const share = percent(used, total) / 100
      context.fillStyle = colours.line
      context.fillRect(x + unit * 3.6, top, unit * 4.6, unit * 0.9)
      context.fillStyle = colours.accent
      context.fillRect(x + unit * 3.6, top, unit * 4.6 * Math.min(1, share), unit * 0.9)
      context.fillStyle = colours.ink
      context.font = `${Math.round(unit * 0.85)}px system-ui, sans-serif`
      context.fillText(label, x + unit / 2, top, unit * 3)
      context.fillText(text, x + unit * 8.5, top, unit * 3.3)
    })
    this.#paintWorkloads(node, { x: x + unit / 2, y: y + unit * 8.1, unit, side, colours })
  }

  #paintWorkloads(
    node: NodeDetail,
    place: { x: number; y: number; unit: number; side: number; colours: Colours },
  ): void {
    const { x, y, unit, side, colours } = place
    const all = node.deployments.flatMap(({ workloads }) => workloads)
    const columns = Math.floor((side - unit) / unit)
    const shown = columns * 2
    all.slice(0, shown).forEach(({ state }, i) => {
      this.#context.fillStyle = colours.ofTone(toneOf(state))
      const left = x + (i % columns) * unit
      this.#context.fillRect(left, y + Math.floor(i / columns) * unit, unit * 0.8, unit * 0.8)
    })
    this.#context.fillStyle = colours.ink
    const more = all.length > shown ? `, ${all.length - shown} of them not drawn` : ''
    this.#context.fillText(`${all.length} workloads${more}`, x, y + unit * 2.2, side - unit)
  }

  /** Asks for the parts of the nodes in sight, a few at a time. */
  #ask(ids: readonly number[]): void {
    const now = performance.now()
    if (this.#details.size > 20 * mostDetails) this.#details.clear()
    for (const id of ids.slice(0, mostDetails)) {
      const known = this.#details.get(id)
      if (id === 0 || (known && now < known.until)) continue
      this.#details.set(id, { node: known?.node ?? null, until: now + detailMs })
      void read<NodeDetail>(`/nodes/${id}`).then(answer => {
        if (!answer.ok || this.#stops.signal.aborted) return
        this.#details.set(id, { node: answer.value, until: now + detailMs })
        this.#paintSoon()
      })
    }
  }

  #zoom(factor: number, at: { x: number; y: number }): void {
    const size = Math.max(1, Math.min(largest, this.#size * factor))
    this.#x += at.x / this.#size - at.x / size
    this.#y += at.y / this.#size - at.y / size
    this.#size = size
    this.#touched()
  }

  #move(dx: number, dy: number): void {
    this.#x -= dx / this.#size
    this.#y -= dy / this.#size
    this.#touched()
  }

  #touched(): void {
    this.#isTouched = true
    this.#paintSoon()
  }

  #nodeAt(px: number, py: number): number | null {
    const layout = this.#layout
    if (!layout || !this.#map) return null
    const x = px / this.#size + this.#x
    const y = py / this.#size + this.#y
    for (let i = 0; i < this.#map.id.length; i += 1) {
      const dx = x - layout.xs[i]!
      const dy = y - layout.ys[i]!
      if (dx >= 0 && dy >= 0 && dx < 0.86 && dy < 0.86) return this.#map.id[i]!
    }
    return null
  }

  #listen(): void {
    const canvas = this.#canvas
    const { signal } = this.#stops
    const on = <K extends keyof HTMLElementEventMap>(
      name: K,
      hear: (event: HTMLElementEventMap[K]) => void,
    ): void => canvas.addEventListener(name, hear, { signal, passive: false })
    on('wheel', event => {
      event.preventDefault()
      this.#zoom(Math.exp(-event.deltaY / 400), { x: event.offsetX, y: event.offsetY })
    })
    on('pointerdown', event => {
      canvas.setPointerCapture(event.pointerId)
      this.#drag = { x: event.offsetX, y: event.offsetY, hasMoved: false }
    })
    on('pointermove', event => {
      const drag = this.#drag
      if (!drag) return
      const [dx, dy] = [event.offsetX - drag.x, event.offsetY - drag.y]
      if (!drag.hasMoved && Math.hypot(dx, dy) < 4) return
      this.#drag = { x: event.offsetX, y: event.offsetY, hasMoved: true }
      this.#move(dx, dy)
    })
    on('pointerup', event => {
      const drag = this.#drag
      this.#drag = null
      if (!drag || drag.hasMoved) return
      const id = this.#nodeAt(event.offsetX, event.offsetY)
      if (id !== null && id > 0) this.#open(id)
    })
    on('keydown', event => this.#onKey(event))
  }

  #onKey(event: KeyboardEvent): void {
    const middle = { x: this.#canvas.clientWidth / 2, y: this.#canvas.clientHeight / 2 }
    const keys: Readonly<Record<string, () => void>> = {
      '+': () => this.#zoom(1.5, middle),
      '=': () => this.#zoom(1.5, middle),
      '-': () => this.#zoom(1 / 1.5, middle),
      ArrowLeft: () => this.#move(60, 0),
      ArrowRight: () => this.#move(-60, 0),
      ArrowUp: () => this.#move(0, 60),
      ArrowDown: () => this.#move(0, -60),
      0: () => {
        this.#isTouched = false
        this.#paintSoon()
      },
    }
    const act = keys[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }
}

interface Colours {
  readonly ink: string
  readonly paper: string
  readonly line: string
  readonly accent: string
  readonly bad: string
  ofTone(tone: string): string
  ofUse(share: number): string
}

/** The colours of the page, as its style sheet has them now. */
function coloursOf(element: HTMLElement): Colours {
  const style = getComputedStyle(element)
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  const tones = Object.fromEntries(
    ['good', 'calm', 'warn', 'bad'].map(tone => [tone, colour(tone)]),
  )
  const quiet = colour('quiet')
  return {
    ink: colour('ink'),
    paper: colour('panel'),
    line: colour('line'),
    accent: colour('accent'),
    bad: colour('bad'),
    ofTone: tone => tones[tone] ?? quiet,
    ofUse: share => `hsl(${Math.round(190 - 1.9 * Math.min(100, share))} 65% 45%)`,
  }
}
