// A node with a wrong clock: the chain does not believe its reports, and messages seem to be too old.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'the clock of a node runs ten minutes behind, until somebody sets it',
  grid: { farms: [{ name: 'ghent', nodes: 2 }], users: ['alice'] },

  async run({ grid, users: { alice }, step, expect }) {
    const refused = () => grid.trace('chain.extrinsic').filter(({ fields }) => fields.error !== '')

    const fault = await step('its answers look as if they were of yesterday', async () => {
      const skew = grid.node(1).skewClock(-10 * 60_000)
      const ask = alice.ask(1, 'zos.system.version', undefined, { within: '3m' })
      await expect(ask).rejects.toThrow('Nobody answered')
      expect(await alice.ask(2, 'zos.system.version')).toBeTruthy()
      return skew
    })

    await step('the chain refuses its reports', async () => {
      await grid.advance('2h')
      const errors = refused().map(({ fields }) => fields.error)
      expect(errors).toContain('TfgridModule.InvalidTimestampHint')
    })

    await step('somebody sets the clock', async () => {
      fault.end()
      await grid.advance('1m')
      const before = refused().length
      await grid.advance('2h')
      expect(refused()).toHaveLength(before)
      expect(await alice.ask(1, 'zos.system.version')).toBeTruthy()
    })
  },
})
