// The assertions of scripts: Vitest's, taken from its own package.

import { chai, type ExpectStatic, JestAsymmetricMatchers, JestChaiExpect } from '@vitest/expect'

/** `expect(value).toBe(...)`, `.toEqual(...)`, `.toMatchObject(...)`, ... */
export type Expect = ExpectStatic

chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

/** The assertions. */
export const expect: Expect = chai.expect as unknown as Expect
