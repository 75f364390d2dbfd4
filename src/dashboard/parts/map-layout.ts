// Where farms and nodes stand on the picture: a farm is a block of squares, farms follow each other in rows.

/** A farm on the picture, in units of one node. */
export interface FarmPlace {
  readonly name: string
  readonly x: number
  readonly y: number
  readonly columns: number
  readonly rows: number
}

/** Where everything stands. */
export interface MapLayout {
  readonly width: number
  readonly height: number
  readonly farms: readonly FarmPlace[]
  /** Of each node, in the order in which the map has them. */
  readonly xs: Float32Array
  readonly ys: Float32Array
}

/** Room above a farm for its name, and between farms. */
const headRoom = 1.2
const gap = 1

/** Places the nodes of each farm. The same grid always looks the same. */
export function layOut(
  farms: readonly { readonly id: number; readonly name: string }[],
  farmOf: readonly number[],
): MapLayout {
  const members = new Map<number, number[]>()
  farmOf.forEach((farm, node) => {
    const own = members.get(farm)
    if (own) own.push(node)
    else members.set(farm, [node])
  })
  const xs = new Float32Array(farmOf.length)
  const ys = new Float32Array(farmOf.length)
  const places: FarmPlace[] = []
  const names = new Map(farms.map(({ id, name }) => [id, name]))
  const rowWidth = Math.max(8, Math.ceil(Math.sqrt(farmOf.length * 1.8)) * 1.3 + gap)
  let x = 0
  let y = 0
  let rowHeight = 0
  let width = 0
  for (const [farm, nodes] of [...members].sort(([a], [b]) => a - b)) {
    const columns = Math.max(3, Math.ceil(Math.sqrt(nodes.length * 1.6)))
    const rows = Math.ceil(nodes.length / columns)
    if (x > 0 && x + columns > rowWidth) {
      x = 0
      y += rowHeight + gap
      rowHeight = 0
    }
    places.push({ name: names.get(farm) ?? `farm ${farm}`, x, y, columns, rows })
    nodes.forEach((node, i) => {
      xs[node] = x + (i % columns)
      ys[node] = y + headRoom + Math.floor(i / columns)
    })
    width = Math.max(width, x + columns)
    x += columns + gap
    rowHeight = Math.max(rowHeight, rows + headRoom)
  }
  return { width, height: y + rowHeight, farms: places, xs, ys }
}
