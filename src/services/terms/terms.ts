// The document of terms and conditions that clients download and hash before they make an account.

import { type HttpService, sendText, targetOf } from '../plain-http.ts'

/**
 * Where the document lies on raw.githubusercontent.com; clients have the address compiled in
 * (`threefoldtech/tfgrid-sdk-ts: packages/grid_client/src/modules/tfchain.ts`), older ones that of another branch.
 */
const termsPath = /^\/threefoldtech\/info_grid\/.+\/terms_conditions_all3\.md$/

/** What is served: its MD5 stands on the chain, so it never changes. */
export const termsText = `# Terms and Conditions

This is a local grid of Pocketgrid. Nothing on it is real: neither its TFT nor its machines.
Whoever uses it accepts that all of it may be gone at any time.
`

/** Makes the service: one document, and nothing else of that host. */
export function createTerms(): HttpService {
  return {
    handleRequest(request, response) {
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      const headers = { 'access-control-allow-origin': '*' }
      const isThere = isRead && termsPath.test(targetOf(request).path)
      if (isThere) sendText(response, 200, termsText, headers)
      else sendText(response, 404, '404: Not Found', headers)
    },
  }
}
