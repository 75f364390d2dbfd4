// What the image runs: `pocketgrid up` on all addresses with the options that were given, or another command of its.

const { POD_COUNT } = process.env
if (POD_COUNT) process.env.POCKETGRID_SHARD = shardOf(POD_COUNT)

const given = process.argv.slice(2)
// Options alone are those of `up`. What listens on 127.0.0.1 is not heard outside of the container.
const isCommand = /^[a-z]|^(-h|--help|-V|--version)$/.test(given[0] ?? '')
const [command, ...options] = isCommand ? given : ['up', ...given]
const isServed = ['up', 'demo', 'nodes'].includes(command)
const hasHost = options.some(option => /^--host(=|$)/.test(option))
const host = isServed && !hasHost ? ['--host', '0.0.0.0'] : []
process.argv.splice(2, given.length, command, ...host, ...options)
if (process.env.POCKETGRID_PATIENCE) await untilThere(Number(process.env.POCKETGRID_PATIENCE))
await import('../dist/cli/main.js')

/**
 * Waits until the chain has a block and the relay answers, so many seconds at most: started together with them, the
 * program would end because they are not there, and be taken for broken.
 */
async function untilThere(seconds) {
  const { hasBlock } = await import('../dist/containers/chain.js')
  // The first process of a container hears no signal that it does not ask for.
  const leave = () => process.exit(0)
  process.on('SIGTERM', leave)
  const end = Date.now() + seconds * 1000
  const checks = [
    [urlOf('--chain'), hasBlock],
    [urlOf('--relay'), answers],
  ]
  for (const [url, isThere] of checks) {
    while (url && Date.now() < end && !(await isThere(url))) {
      await new Promise(resolve => setTimeout(resolve, 500))
    }
  }
  process.off('SIGTERM', leave)
}

/** The URL that an option names, for HTTP; undefined when there is none. */
function urlOf(name) {
  const at = options.findIndex(option => option === name || option.startsWith(`${name}=`))
  const value = at < 0 ? '' : options[at] === name ? options[at + 1] : options[at].split('=')[1]
  return /^wss?:/.test(value ?? '') ? value.replace(/^ws/, 'http') : undefined
}

async function answers(url) {
  try {
    await fetch(url, { signal: AbortSignal.timeout(2_000) })
    return true
  } catch {
    return false
  }
}

/**
 * The part of this pod among so many. Kubernetes counts from 0: the pods of a Job by a variable, those of a StatefulSet
 * at the end of their names. A pod without a number would play everything, beside the others.
 */
function shardOf(count) {
  const { JOB_COMPLETION_INDEX, HOSTNAME = '' } = process.env
  const index = JOB_COMPLETION_INDEX || /-(\d+)$/.exec(HOSTNAME)?.[1]
  if (index !== undefined) return `${Number(index) + 1}/${count}`
  console.error(
    `POD_COUNT is ${count}, but the pod has no number: neither JOB_COMPLETION_INDEX, nor at the end of its name (${HOSTNAME})`,
  )
  process.exit(2)
}
