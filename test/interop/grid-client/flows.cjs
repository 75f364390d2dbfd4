// What users do with the real grid client, one flow per process: its answers go to a file as JSON.
//
//     node flows.cjs NAME     with POCKETGRID_FLOW = { urls, network, relayName, account, others, nodes } and
//                            POCKETGRID_FLOW_OUT = the file

const { writeFileSync } = require('node:fs')
const {
  GridClient,
  MachinesModel,
  MachineModel,
  NetworkModel,
  DiskModel,
  K8SModel,
  KubernetesNodeModel,
  AddMachineModel,
  AddWorkerModel,
  ZDBModel,
  ZDBSModel,
  ZdbModes,
  QSFSZDBSModel,
  QSFSDiskModel,
  GatewayNameModel,
  GatewayFQDNModel,
  NodeStatus,
} = require('@threefold/grid_client')

const flist = 'https://hub.grid.tf/tf-official-apps/base:latest.flist'
const sshKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKt3vZ1'

const make = (Model, fields) => Object.assign(new Model(), fields)

const machine = fields =>
  make(MachineModel, {
    disks: [],
    qsfs_disks: [],
    public_ip: false,
    public_ip6: false,
    planetary: true,
    mycelium: false,
    cpu: 1,
    memory: 1024,
    rootfs_size: 0,
    flist,
    entrypoint: '/sbin/zinit init',
    env: { SSH_KEY: sshKey },
    ...fields,
  })

const network = fields => make(NetworkModel, { ip_range: '10.249.0.0/16', ...fields })

/** The states of the workloads of deployments, by name. */
const statesOf = deployments =>
  Object.fromEntries(
    deployments.flatMap(({ workloads }) => workloads.map(w => [w.name, w.result.state])),
  )

/** How a promise failed: the class and the words of its error. */
async function failureOf(promise) {
  try {
    await promise
    return null
  } catch (error) {
    return { type: error.constructor.name, message: error.message }
  }
}

const flows = {
  /** An account and a twin from nothing. */
  async account({ client, open, flow }) {
    const made = await client.tfchain.createAccount(flow.relayName)
    const fresh = await open(made.mnemonic)
    const balance = await fresh.balance.getMyBalance()
    const twin = await fresh.twins.get_my_twin_id()
    const twinView = await fresh.twins.get({ id: twin })
    await client.balance.transfer({
      address: fresh.twins.client?.address ?? twinView.accountId,
      amount: 5,
    })
    const after = await fresh.balance.getMyBalance()
    return { made, balance, twin, twinView, after }
  },

  /** What there is, and what a user asks for. */
  async look({ client }) {
    const all = await client.capacity.getAllNodes()
    const farms = await client.capacity.getAllFarms()
    const ids = list => list.map(({ nodeId }) => nodeId).sort((a, b) => a - b)
    const filter = async options => ids(await client.capacity.filterNodes(options))
    const statistics = await client.zos.getNodeStatistics({ nodeId: 1 })
    return {
      nodes: ids(all),
      farms: farms.map(({ name }) => name).sort(),
      gateways: await filter({ gateway: true }),
      gpu: await filter({ hasGPU: true }),
      big: await filter({ cru: 32, mru: 200, sru: 1000 }),
      hdd: await filter({ hru: 500 }),
      rentable: await filter({ rentable: true, dedicated: true }),
      light: await filter({ features: ['zmachine-light', 'network-light'] }),
      down: await filter({ status: NodeStatus.down }),
      freeIps: (await client.capacity.filterFarms({ publicIp: true })).map(({ name }) => name),
      count: await client.capacity.getNodesCount({}),
      farmCount: await client.capacity.getFarmsCount({}),
      free: await client.capacity.getNodeFreeResources({ nodeId: 1 }),
      hasIps: await client.capacity.checkFarmHasFreePublicIps({ farmId: 1 }),
      farmId: await client.capacity.getFarmIdFromFarmName({ farmName: 'FreeFarm' }),
      ping: await client.zos.pingNode({ nodeId: 1 }),
      statistics,
      pools: await client.zos.getStoragePools({ nodeId: 1 }),
      interfaces: await client.zos.listNetworkInterfaces({ nodeId: 1 }),
      publicConfig: await client.zos.getNetworkPublicConfig({ nodeId: 1 }),
      perf: await client.zos.getNodePerfTests({ nodeId: 1 }),
      fits: await client.capacity.checkNodeCapacityPool({
        nodeId: 1,
        rootfsDisks: [2 ** 30],
        ssdDisks: [10 * 2 ** 30],
        hddDisks: [],
      }),
    }
  },

  /** Money and notes. */
  async purse({ client, flow }) {
    const before = await client.balance.getMyBalance()
    await client.balance.transfer({ address: flow.others[0].address, amount: 12.5 })
    const after = await client.balance.getMyBalance()
    await client.kvstore.set({ key: 'colour', value: 'green' })
    await client.kvstore.set({ key: 'plain', value: 'text', encrypt: false })
    const colour = await client.kvstore.get({ key: 'colour' })
    const plain = await client.kvstore.get({ key: 'plain', decrypt: false })
    const keys = await client.kvstore.list()
    await client.kvstore.remove({ key: 'colour' })
    const left = await client.kvstore.list()
    await client.kvstore.removeAll()
    const price = await client.calculator.calculate({
      cru: 2,
      mru: 4,
      sru: 50,
      hru: 0,
      ipv4u: false,
    })
    return {
      before,
      after,
      colour,
      plain,
      keys: keys.sort(),
      left,
      price,
      none: await client.kvstore.list(),
    }
  },

  /** A machine with a network and a disk; one is added, changed, removed. */
  async machines({ client, flow }) {
    const [first, second] = flow.nodes
    const disk = make(DiskModel, { name: 'data', size: 10, mountpoint: '/data' })
    const vms = make(MachinesModel, {
      name: 'vms',
      network: network({ name: 'vmnet' }),
      machines: [machine({ name: 'one', node_id: first, disks: [disk] })],
      metadata: '',
      description: 'a machine',
    })
    const out = { deployed: await client.machines.deploy(vms) }
    out.list = await client.machines.list()
    out.first = await client.machines.getObj('vms')
    out.same = await failureOf(client.machines.deploy(vms))
    await client.machines.add_machine(
      make(AddMachineModel, {
        ...machine({ name: 'two', node_id: second }),
        deployment_name: 'vms',
      }),
    )
    out.two = (await client.machines.getObj('vms')).map(({ name, status, interfaces, nodeId }) => ({
      name,
      status,
      nodeId,
      ip: interfaces[0].ip,
    }))
    out.wireguard = await failureOf(
      client.networks.getWireGuardConfigs({ name: 'vmnet', ipRange: '10.249.0.0/16' }),
    )
    await client.machines.delete_machine({ name: 'two', deployment_name: 'vms' })
    out.one = (await client.machines.getObj('vms')).map(({ name }) => name)
    const three = machine({ name: 'three', node_id: first })
    const one = machine({ name: 'one', node_id: first, disks: [disk] })
    await client.machines.update(make(MachinesModel, { ...vms, machines: [one, three] }))
    out.updated = statesOf(await client.machines.get({ name: 'vms' }))
    // Real nodes change no machine that runs.
    const faster = machine({ name: 'one', node_id: first, disks: [disk], cpu: 2 })
    out.faster = await failureOf(
      client.machines.update(make(MachinesModel, { ...vms, machines: [faster, three] })),
    )
    out.contracts = await client.contracts.listMyContracts()
    const [{ contractID }] = out.contracts.nodeContracts
    out.consumption = await client.contracts.getConsumption({ id: Number(contractID) })
    out.deleted = await client.machines.delete({ name: 'vms' })
    out.left = await client.machines.list()
    return out
  },

  /** A cluster of three nodes; a worker comes and goes. */
  async kubernetes({ client, flow }) {
    const [a, b, c] = flow.nodes
    const member = (name, node_id) =>
      make(KubernetesNodeModel, {
        name,
        node_id,
        cpu: 1,
        memory: 2048,
        rootfs_size: 0,
        disk_size: 8,
        public_ip: false,
        public_ip6: false,
        planetary: true,
        mycelium: false,
      })
    await client.k8s.deploy(
      make(K8SModel, {
        name: 'cluster',
        secret: 'secret',
        network: network({ name: 'k8snet', ip_range: '10.238.0.0/16' }),
        masters: [member('master', a)],
        workers: [member('worker1', b), member('worker2', c)],
        ssh_key: sshKey,
      }),
    )
    const out = {}
    const members = async () => {
      const { masters, workers } = await client.k8s.getObj('cluster')
      return [...masters, ...workers].map(({ name, status }) => `${name} ${status}`).sort()
    }
    out.three = await members()
    await client.k8s.add_worker(
      make(AddWorkerModel, { ...member('worker3', b), deployment_name: 'cluster' }),
    )
    out.four = await members()
    await client.k8s.delete_worker({ deployment_name: 'cluster', name: 'worker3' })
    out.again = await members()
    await client.k8s.delete({ name: 'cluster' })
    out.left = await client.k8s.list()
    return out
  },

  /** Zero-DBs, a file system over them, and a machine that mounts it. */
  async storage({ client, flow }) {
    const out = {}
    const [hdd, other, vmNode] = flow.nodes
    await client.zdbs.deploy(
      make(ZDBSModel, {
        name: 'dbs',
        zdbs: ['seq', 'user'].map((mode, i) =>
          make(ZDBModel, {
            name: `db${i}`,
            node_id: hdd,
            mode: ZdbModes[mode],
            disk_size: 9,
            publicNamespace: false,
            password: 'secret',
          }),
        ),
      }),
    )
    out.zdbs = (await client.zdbs.getObj('dbs')).map(({ name, status, mode, size }) => ({
      name,
      status,
      mode,
      size,
    }))
    await client.zdbs.delete({ name: 'dbs' })
    await client.qsfs_zdbs.deploy(
      make(QSFSZDBSModel, {
        name: 'qsdbs',
        count: 4,
        node_ids: [hdd, other],
        password: 'secret',
        disk_size: 6,
      }),
    )
    const disk = make(QSFSDiskModel, {
      qsfs_zdbs_name: 'qsdbs',
      name: 'qs',
      prefix: 'qs',
      encryption_key: 'key',
      cache: 1,
      minimal_shards: 2,
      expected_shards: 3,
      mountpoint: '/qs',
    })
    await client.machines.deploy(
      make(MachinesModel, {
        name: 'qsvm',
        network: network({ name: 'qsnet', ip_range: '10.201.0.0/16' }),
        machines: [machine({ name: 'qs1', node_id: vmNode, qsfs_disks: [disk] })],
      }),
    )
    const deployments = await client.machines.get({ name: 'qsvm' })
    out.states = statesOf(deployments)
    await client.machines.delete({ name: 'qsvm' })
    await client.qsfs_zdbs.delete({ name: 'qsdbs' })
    out.left = [...(await client.zdbs.list()), ...(await client.qsfs_zdbs.list())]
    return out
  },

  /** Gateways by a name of the grid and by a domain of one's own. */
  async gateways({ client, flow }) {
    const [node_id] = flow.nodes
    const backends = ['http://185.206.122.35:8000']
    const byName = make(GatewayNameModel, {
      name: 'pocketsite',
      node_id,
      tls_passthrough: false,
      backends,
    })
    const out = {}
    await client.gateway.deploy_name(byName)
    out.name = await client.gateway.getObj('pocketsite')
    out.contracts = (await client.contracts.listMyContracts()).nameContracts.map(({ name }) => name)
    out.nameId = await client.contracts.get_name_contract({ name: 'pocketsite' })
    await client.gateway.deploy_fqdn(
      make(GatewayFQDNModel, {
        name: 'ownsite',
        node_id,
        fqdn: 'pocket.example.org',
        tls_passthrough: false,
        backends,
      }),
    )
    out.fqdn = await client.gateway.getObj('ownsite')
    await client.gateway.delete_fqdn({ name: 'ownsite' })
    await client.gateway.delete_name({ name: 'pocketsite' })
    out.left = await client.gateway.list()
    out.freed = await client.contracts.get_name_contract({ name: 'pocketsite' })
    return out
  },

  /** A public address; then a rented node with its graphics card. */
  async rented({ client, flow }) {
    const [open, gpuNode] = flow.nodes
    const out = {}
    await client.machines.deploy(
      make(MachinesModel, {
        name: 'public',
        network: network({ name: 'pubnet', ip_range: '10.202.0.0/16' }),
        machines: [machine({ name: 'pub', node_id: open, public_ip: true, public_ip6: true })],
      }),
    )
    const [pub] = await client.machines.getObj('public')
    out.publicIp = pub.publicIP
    await client.machines.delete({ name: 'public' })
    out.unrented = await failureOf(
      client.machines.deploy(
        make(MachinesModel, {
          name: 'gpuvm',
          network: network({ name: 'gpunet', ip_range: '10.203.0.0/16' }),
          machines: [machine({ name: 'gpu', node_id: gpuNode })],
        }),
      ),
    )
    const contract = await client.nodes.reserve({ nodeId: gpuNode })
    out.rent = {
      id: contract.contractId,
      of: await client.nodes.getRentContractId({ nodeId: gpuNode }),
    }
    const cards = await client.zos.getNodeGPUInfo({ nodeId: gpuNode })
    await client.machines.deploy(
      make(MachinesModel, {
        name: 'gpuvm',
        network: network({ name: 'gpunet', ip_range: '10.203.0.0/16' }),
        machines: [machine({ name: 'gpu', node_id: gpuNode, gpus: [cards[0].id] })],
      }),
    )
    out.states = statesOf(await client.machines.get({ name: 'gpuvm' }))
    out.cards = (await client.zos.getNodeGPUInfo({ nodeId: gpuNode })).map(
      ({ contract: id }) => id > 0,
    )
    await client.machines.delete({ name: 'gpuvm' })
    await client.nodes.unreserve({ nodeId: gpuNode })
    out.left = await client.contracts.listMyContracts()
    return out
  },

  /** A light node, reached by mycelium alone. */
  async light({ client, flow }) {
    const [node_id] = flow.nodes
    const seed = 'ab'.repeat(32)
    await client.machines.deploy(
      make(MachinesModel, {
        name: 'lightvm',
        network: network({
          name: 'lightnet',
          ip_range: '10.204.0.0/16',
          myceliumSeeds: [{ nodeId: node_id, seed }],
        }),
        machines: [
          machine({
            name: 'l1',
            node_id,
            planetary: false,
            mycelium: true,
            myceliumSeed: '010203040506',
          }),
        ],
      }),
    )
    const [vm] = await client.machines.getObj('lightvm')
    const contracts = await client.contracts.listMyContracts()
    const cancelled = await client.contracts.cancelMyContracts()
    return {
      vm: { status: vm.status, myceliumIP: vm.myceliumIP },
      contracts: contracts.nodeContracts.length,
      cancelled: cancelled.length,
      left: await client.contracts.listMyContracts(),
    }
  },

  /** What goes wrong comes out as the client's own errors. */
  async errors({ client, open, flow }) {
    const [small, other] = flow.nodes
    const neighbour = await open(flow.others[0].mnemonic)
    await neighbour.contracts.create_name({ name: 'taken' })
    const vms = (name, fields) =>
      make(MachinesModel, {
        name,
        network: network({ name: `${name}net`, ip_range: '10.205.0.0/16' }),
        machines: [machine({ name: `${name}vm`, node_id: small, ...fields })],
      })
    const disk = make(DiskModel, { name: 'huge', size: 9000, mountpoint: '/data' })
    return {
      memory: await failureOf(client.machines.deploy(vms('fat', { memory: 200 * 1024 }))),
      disk: await failureOf(client.machines.deploy(vms('wide', { disks: [disk] }))),
      nobody: await failureOf(client.machines.deploy(vms('lost', { node_id: 9999 }))),
      unavailable: await failureOf(client.machines.deploy(vms('dedi', { node_id: other }))),
      name: await failureOf(
        client.gateway.deploy_name(
          make(GatewayNameModel, {
            name: 'taken',
            node_id: 1,
            tls_passthrough: false,
            backends: ['http://185.206.122.35:8000'],
          }),
        ),
      ),
      left: await client.contracts.listMyContracts(),
    }
  },

  /** A user whose identity nobody has checked. */
  async unverified({ client }) {
    return {
      deploy: await failureOf(
        client.machines.deploy(
          make(MachinesModel, {
            name: 'who',
            network: network({ name: 'whonet', ip_range: '10.206.0.0/16' }),
            machines: [machine({ name: 'who1', node_id: 1 })],
          }),
        ),
      ),
      left: await client.contracts.listMyContracts(),
    }
  },

  /** A user without money, on a grid where everything costs. */
  async poor({ client, flow }) {
    const { free } = await client.balance.getMyBalance()
    await client.balance.transfer({ address: flow.others[0].address, amount: free - 0.01 })
    return {
      transfer: await failureOf(
        client.balance.transfer({ address: flow.others[0].address, amount: 5 }),
      ),
      deploy: await failureOf(
        client.machines.deploy(
          make(MachinesModel, {
            name: 'poor',
            network: network({ name: 'poornet', ip_range: '10.207.0.0/16' }),
            machines: [machine({ name: 'poor1', node_id: 1 })],
          }),
        ),
      ),
    }
  },
}

/** The answer is a file: this process may be the child of a child. */
const answer = value => writeFileSync(process.env.POCKETGRID_FLOW_OUT, JSON.stringify(value))

async function main() {
  const flow = JSON.parse(process.env.POCKETGRID_FLOW)
  const name = process.argv[2]
  // The client tells its progress on the standard output.
  const open = async mnemonic => {
    const client = new GridClient({
      network: flow.network,
      mnemonic,
      ...flow.urls,
      projectName: '',
    })
    await client.connect()
    return client
  }
  const client = await open(flow.account.mnemonic)
  const startedAt = performance.now()
  const value = await flows[name]({ client, open, flow })
  const tookMs = performance.now() - startedAt
  answer({
    value: JSON.parse(JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v))),
    tookMs,
  })
}

main().then(
  () => process.exit(0),
  error => {
    answer({ error: `${error.constructor.name}: ${error.stack}` })
    process.exit(1)
  },
)
