// The description of the API, made from the declarations of routes and parameters, and a page that shows it offline.

import { encode, type Json } from './json.ts'
import { limitParams } from './limit.ts'
import type { Params } from './params.ts'
import type { Route } from './routes.ts'

/** Swagger 2.0, as upstream serves it. */
export function apiDescription(routes: readonly Route[], version: string): string {
  const paths = Object.fromEntries(
    routes.map(route => [plainPath(route.template), { get: operationOf(route) }]),
  )
  return encode({
    swagger: '2.0',
    info: {
      title: 'Grid proxy',
      description: 'Nodes, farms, contracts and twins of a grid.',
      version,
    },
    basePath: '/',
    produces: ['application/json'],
    paths,
    definitions: { error: { type: 'object', properties: { error: { type: 'string' } } } },
  })
}

/** A path without the patterns of its ids. */
function plainPath(template: string): string {
  return template.replaceAll(/\{(\w+):[^}]*\}/g, '{$1}')
}

function operationOf({ template, about, params, sortFields }: Route): Json {
  const id = /\{(\w+):/.exec(template)?.[1]
  const inPath = id === undefined ? [] : [pathParameter(id)]
  const isList = sortFields.length > 0 || template.endsWith('/bills')
  return {
    summary: about,
    parameters: [...inPath, ...queryParameters(params, sortFields)],
    responses: {
      '200': {
        description: 'What was asked for.',
        schema: isList ? { type: 'array', items: { type: 'object' } } : { type: 'object' },
      },
      default: { description: 'Why there is none.', schema: { $ref: '#/definitions/error' } },
    },
  }
}

function pathParameter(name: string): Json {
  return { name, in: 'path', required: true, type: 'integer', description: 'An id.' }
}

function queryParameters(params: Params, sortFields: readonly string[]): Json[] {
  return Object.entries(params).map(([name, { kind, about }]) => ({
    name,
    in: 'query',
    required: false,
    description: about,
    ...(kind.schema as { readonly [member: string]: Json }),
    ...(kind.schema.type === 'array' ? { collectionFormat: 'csv' } : {}),
    ...enumOf(name, params, sortFields),
  }))
}

function enumOf(name: string, params: Params, sortFields: readonly string[]) {
  if (params[name] !== limitParams[name as keyof typeof limitParams]) return {}
  if (name === 'sort_by' && sortFields.length > 0) return { enum: sortFields }
  return name === 'sort_order' ? { enum: ['asc', 'desc'] } : {}
}

/** A page that lists the routes and their parameters; it needs nothing from elsewhere. */
export function descriptionPage(routes: readonly Route[]): string {
  const sections = routes.map(
    ({ template, about, params }) =>
      `<h2><code>${html(plainPath(template))}</code></h2><p>${html(about)}</p>${tableOf(params)}`,
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Grid proxy</title>
<style>body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
td{padding:.1em 1em .1em 0;vertical-align:top}</style></head>
<body><h1>Grid proxy</h1><p>The same as <a href="doc.json">doc.json</a>.</p>
${sections.join('\n')}
</body></html>
`
}

function tableOf(params: Params): string {
  const lines = Object.entries(params).map(
    ([name, { kind, about }]) =>
      `<tr><td><code>${html(name)}</code></td><td>${html(kind.schema.type)}</td><td>${html(about)}</td></tr>`,
  )
  return lines.length === 0 ? '' : `<table>${lines.join('')}</table>`
}

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
