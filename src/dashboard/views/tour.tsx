// A walk through the page: where to look, what to try, and what to see then.

import { useSignal } from '@preact/signals'
import { Panel } from '../parts/parts.tsx'

interface Step {
  readonly title: string
  readonly path: string
  readonly text: string
}

const steps: readonly Step[] = [
  {
    title: 'The grid in one glance',
    path: '',
    text: 'Nodes, deployments, capacity and bills. Everything here happens inside one process on this machine, and the same seed gives the same history.',
  },
  {
    title: 'Farms and nodes',
    path: 'grid',
    text: 'Every square is a node. Let the colour show its use, zoom in until you see its parts and workloads, and click one.',
  },
  {
    title: 'Deploy something',
    path: 'nodes/1',
    text: 'Deploy a sample machine as one of the users. Its contract is made on the chain first, then the node gets the deployment over the message bus.',
  },
  {
    title: 'Its way, hop by hop',
    path: 'deployments',
    text: 'Open the newest deployment: the contract, the message, each workload, and how long each step took in the time of the grid.',
  },
  {
    title: 'Break something',
    path: 'faults',
    text: 'Choose node.crash, name a node and a forMs such as 600000, and look at the grid: the node is down, and comes back when the fault ends. Or let messages get lost, or the chain halt.',
  },
  {
    title: 'What the chain says',
    path: 'chain',
    text: 'Each block with its extrinsics and events decoded. What a block changed in the storage is one click away.',
  },
  {
    title: 'Go back in time',
    path: 'world',
    text: 'Take a snapshot, wreck the grid, and rewind: chain, nodes and messages are as they were.',
  },
]

/** The walk, one step at a time. */
export function TourView() {
  const at = useSignal(0)
  const step = steps[at.value]!
  return (
    <Panel
      title={step.title}
      aside={
        <span class="quiet">
          step {at.value + 1} of {steps.length}
        </span>
      }
    >
      <p aria-live="polite">{step.text}</p>
      <div class="hands">
        <button
          type="button"
          disabled={at.value === 0}
          onClick={() => {
            at.value -= 1
          }}
        >
          Back
        </button>
        <button
          type="button"
          disabled={at.value === steps.length - 1}
          onClick={() => {
            at.value += 1
          }}
        >
          Next
        </button>
        <a href={`#/${step.path}`}>Go there</a>
      </div>
    </Panel>
  )
}
