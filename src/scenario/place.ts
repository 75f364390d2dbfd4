// How a place in a user's file is written, so that terminals and editors can jump to it.

import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A line, and perhaps a column, of a file; both count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column?: number | undefined
}

/** A file as a person would type it: relative when it lies below the current folder. */
export function shownFile(file: string): string {
  const path = relative(process.cwd(), file)
  return path.startsWith('..') || path === '' ? file : path
}

/** `stories/first.ts:12:5`. */
export function shownPlace({ file, line, column }: Place): string {
  return `${shownFile(file)}:${line}${column === undefined ? '' : `:${column}`}`
}

/** The path of a file that an engine or a source map names by path or by URL. */
export function pathOfFile(name: string): string {
  return name.startsWith('file:') ? fileURLToPath(name) : name
}

/** The place that the last line of a text names, when it is a line of a stack trace. */
export function placeInFrame(text: string): Place | undefined {
  const [, name, line, column] = /\(?((?:file:\/\/)?\/[^()]*?):(\d+):(\d+)\)?$/.exec(text) ?? []
  if (name === undefined) return undefined
  return { file: pathOfFile(name), line: Number(line), column: Number(column) }
}
