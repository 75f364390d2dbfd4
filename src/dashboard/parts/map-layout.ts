// Where farms and nodes stand on the picture: a farm is a block of squares, farms follow each other in rows.

import type { GridMap } from '../../services/control/dashboard-types.ts'

/** A farm on the picture, in units of one node. */
export interface FarmPlace {
  readonly name: string
  readonly x: number
  readonly y: number
  readonly columns: number
  readonly rows: number
  /** Where it really stands, when the picture is a map. */
  readonly home?: readonly [number, number]
}

/** Where everything stands. */
export interface MapLayout {
  readonly width: number
  readonly height: number
  readonly farms: readonly FarmPlace[]
  /** Of each node, in the order in which the map has them. */
  readonly xs: Float32Array
  readonly ys: Float32Array
  /** Where a place on earth is; null where the picture is no map. */
  readonly project: ((longitude: number, latitude: number) => readonly [number, number]) | null
}

/** A farm and where it stands, in degrees. */
type Farm = GridMap['farms'][number]

/** Room above a farm for its name, and between farms. */
const headRoom = 1.2
const gap = 1

/** Places the nodes of each farm in rows. The same grid always looks the same. */
export function layOut(farms: readonly Farm[], farmOf: readonly number[]): MapLayout {
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
  return { width, height: y + rowHeight, farms: places, xs, ys, project: null }
}

/** Width of the earth in nodes for so many nodes: they cover a small part of it. */
const earthOf = (nodes: number): number => Math.max(110, Math.ceil(Math.sqrt(nodes * 20)))

/** The northern and southern ends of the map, in degrees: nobody farms beyond them. */
const north = 78
const south = -56

/** Places each farm where it stands on earth, or as near to it as there is room. */
export function layOutOnEarth(farms: readonly Farm[], farmOf: readonly number[]): MapLayout {
  const rows = layOut(farms, farmOf)
  const width = earthOf(farmOf.length)
  const height = (width * (north - south)) / 360
  const project = (longitude: number, latitude: number): readonly [number, number] => [
    ((longitude + 180) / 360) * width,
    ((north - latitude) / (north - south)) * height,
  ]
  const taken: FarmPlace[] = []
  const moves = new Map<string, readonly [number, number]>()
  for (const place of rows.farms) {
    const farm = farms.find(({ name }) => name === place.name)
    const [x, y] = farm ? project(farm.longitude, farm.latitude) : [0, 0]
    const wanted = {
      ...place,
      x: x - place.columns / 2,
      y: y - place.rows / 2 - headRoom,
      home: [x, y] as const,
    }
    const found = nearestFree(wanted, taken)
    taken.push(found)
    moves.set(place.name, [found.x - place.x, found.y - place.y])
  }
  const names = new Map(farms.map(({ id, name }) => [id, name]))
  farmOf.forEach((farm, node) => {
    const [dx, dy] = moves.get(names.get(farm) ?? '') ?? [0, 0]
    rows.xs[node] = rows.xs[node]! + dx
    rows.ys[node] = rows.ys[node]! + dy
  })
  return { ...rows, width, height, farms: taken, project }
}

/** The place nearest to a wanted one where a farm covers no other: looked for along a spiral. */
function nearestFree(wanted: FarmPlace, taken: readonly FarmPlace[]): FarmPlace {
  for (let turn = 0; turn < 4000; turn += 1) {
    const angle = turn * 0.5
    const far = turn * 0.05
    const place = {
      ...wanted,
      x: wanted.x + Math.cos(angle) * far,
      y: wanted.y + Math.sin(angle) * far,
    }
    if (!taken.some(other => overlap(place, other))) return place
  }
  return wanted
}

function overlap(a: FarmPlace, b: FarmPlace): boolean {
  const margin = 0.4
  return (
    a.x < b.x + b.columns + margin &&
    b.x < a.x + a.columns + margin &&
    a.y < b.y + b.rows + headRoom + margin &&
    b.y < a.y + a.rows + headRoom + margin
  )
}
