// The version of this package, without loading anything else.

import { createRequire } from 'node:module'

export const version: string = createRequire(import.meta.url)('../../package.json').version
