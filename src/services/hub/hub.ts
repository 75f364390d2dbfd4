// The hub of images, as far as clients ask it before they deploy: is the image there, and what is its checksum.
// (`threefoldtech/tfgrid-sdk-go: grid-client/workloads/vm.go` and `grid-client/deployer` do so over HTTP.)

import { createHash } from 'node:crypto'
import { type HttpService, send, sendText, targetOf } from '../plain-http.ts'

/** An image, or the checksum of one. */
const imagePath = /^\/.*[^/]\.(?:flist|fl)$/
const checksumPath = /^(\/.*[^/])\.md5$/

/** Makes the service: every image that is asked for is there. Its content is its path, so checksums are stable. */
export function createHub(): HttpService {
  return {
    handleRequest(request, response) {
      const { path } = targetOf(request)
      const checked = checksumPath.exec(path)?.[1]
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        sendText(response, 405, 'Method Not Allowed\n', { allow: 'GET, HEAD' })
      } else if (checked !== undefined) {
        sendText(response, 200, md5Of(checked))
      } else if (imagePath.test(path)) {
        send(response, 200, { type: 'application/octet-stream', body: path })
      } else {
        sendText(response, 404, 'Not Found\n')
      }
    },
  }
}

/** The checksum of an image by its path. */
export function md5Of(path: string): string {
  return createHash('md5').update(path).digest('hex')
}
