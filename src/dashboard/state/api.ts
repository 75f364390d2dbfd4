// How the page asks the control API, and what it says when that fails.

import { signal } from '@preact/signals'

/** What became of a request. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly error: string }

const tokenKey = 'pocketgrid-dev-token'

/** Whether a change was turned away because no token, or a wrong one, was shown. */
export const isTokenWanted = signal(false)

/** Keeps the token that changes are made with, for as long as the tab is open. */
export function showToken(token: string): void {
  sessionStorage.setItem(tokenKey, token)
  isTokenWanted.value = false
}

/** Reads something. */
export function read<T>(path: string): Promise<Answer<T>> {
  return ask<T>('GET', path)
}

/** Changes something. */
export async function change<T>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer<T>> {
  const answer = await ask<T>(method, path, body)
  if (!answer.ok && answer.status === 401) isTokenWanted.value = true
  return answer
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const token = sessionStorage.getItem(tokenKey)
  try {
    const response = await fetch(`/api${path}`, {
      method,
      cache: 'no-store',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === null || method === 'GET' ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const value: unknown = await response.json()
    if (response.ok) return { ok: true, value: value as T }
    const { error } = value as { error?: unknown }
    return { ok: false, status: response.status, error: String(error ?? response.statusText) }
  } catch {
    return { ok: false, status: 0, error: 'the grid does not answer' }
  }
}
