// What the metadata say about SmartContractModule.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { smartContract } from './declaration.ts'

/** Documentation of SmartContractModule. */
export const docs: DocsOf<typeof smartContract, typeof calls> = {
  pallet:
    'What runs on the grid and what it costs: contracts, their bills, and services among twins.',
  calls: {
    create_node_contract: [
      'Makes a contract for a deployment on a node, with public addresses of its farm. For any twin.',
      '`deployment_hash` is the text of an MD5 hash, 32 hex digits; a node has each one once.',
      'A rented node takes contracts of its tenant only, a dedicated one none until it is rented.',
    ],
    update_node_contract: [
      'Gives a node contract another deployment. For its owner.',
      'Its public addresses stay. Not while it is in its period of grace.',
    ],
    cancel_contract: [
      'Bills a contract for the last time and ends it. For its owner.',
      'A rent contract has to wait until the node has no other contracts.',
    ],
    create_name_contract: [
      'Makes a contract for a name on the gateways, which nobody else has. For any twin.',
      'A name has 3 to 64 of the characters `a-z`, `0-9`, `-` and `_`.',
    ],
    add_nru_reports: [
      'Tells the network traffic of deployments, in bytes, for the next bill. For their node.',
      'Free on success.',
    ],
    report_contract_resources: [
      'Tells what deployments use of a node, by which they are billed. For their node.',
      'Bytes, and cores for `cru`. Contracts that do not exist are passed over. Free on success.',
    ],
    create_rent_contract: [
      'Rents a whole node. For any twin.',
      'The node has to be free of contracts, unless its farm is a dedicated one.',
    ],
    create_solution_provider: [
      'Registers a solution and those who take a share for it, 50 per cent together at most.',
      'For any signer. The council has to approve it. Bills of this version pay no shares.',
    ],
    approve_solution_provider:
      'Approves a solution provider, or takes that back. For Root or 3/5 of the council.',
    bill_contract_for_block: [
      'Bills a contract for the time since its last bill. For any signer; free for validators.',
      'What the owner has is reserved; what is missing starts a period of grace.',
    ],
    service_contract_create: [
      'Makes a contract by which one twin pays another one for a service.',
      'For either of the two.',
    ],
    service_contract_set_metadata: [
      'Describes the service in at most 64 bytes. For either of the two.',
      'Not after both have approved.',
    ],
    service_contract_set_fees: [
      'Sets the fees, in thousandths of a USD an hour: one that is due always, and the most that may',
      'be billed beyond it. For the twin that serves, until both have approved.',
    ],
    service_contract_approve: [
      'Agrees to description and fees. For either of the two.',
      'The service can be billed once both have agreed.',
    ],
    service_contract_reject:
      'Ends a service contract instead of agreeing to it. For either of the two.',
    service_contract_cancel: 'Ends a service contract. For either of the two.',
    service_contract_bill: [
      'Bills the consumer for the time since the last bill, for an hour at most.',
      '`variable_amount` is in thousandths of a USD. For the twin that serves.',
    ],
    change_billing_frequency: [
      'Sets after how many blocks contracts are billed again. For Root or 3/5 of the council.',
      'It can only grow.',
    ],
    attach_solution_provider_id:
      'Says which solution a contract was made with. For its owner, once.',
    set_dedicated_node_extra_fee: [
      'Sets what is paid for a node beyond its rent, in thousandths of a USD a month of 30 days.',
      'With a fee above 0 the node is used only as a whole. For the owner of its farm.',
    ],
    cancel_contract_collective:
      'Bills a contract for the last time and ends it. For Root or 3/5 of the council.',
  },
  storage: {
    Contracts: 'A contract by its id, until it ends.',
    ContractBillingInformationByID: [
      'The traffic of a node contract that was not billed yet, in 0.000 000 1 USD,',
      'and the time of the last report, in seconds since 1970.',
    ],
    NodeContractResources: 'What a node contract uses, as its node told last.',
    ContractIDByNodeIDAndHash: 'The id of the contract for a deployment, by its node and its hash.',
    ActiveNodeContracts:
      'The ids of the contracts on a node, oldest first. A node follows this list.',
    ContractsToBillAt: [
      'The ids of the contracts that are billed in the same block of a cycle.',
      'The key is the id of the contract modulo the billing frequency.',
    ],
    ContractLock: 'Not in use: see ContractPaymentState.',
    ContractIDByNameRegistration: 'The id of the contract for a name.',
    ActiveRentContractForNode: 'The id of the contract by which a node is rented.',
    ContractID: 'The id that was last given to a contract of any kind. The first one is 1.',
    SolutionProviders: 'A solution provider by its id.',
    SolutionProviderID: 'The id that was last given to a solution provider. The first one is 1.',
    PalletVersion: 'The form in which this pallet keeps its storage.',
    BillingFrequency: 'After how many blocks a contract is billed again.',
    ServiceContracts: 'A service contract by its id, until it ends.',
    ServiceContractID: 'The id that was last given to a service contract. The first one is 1.',
    CurrentMigrationStage: 'How far a change of storage has come. Absent while there is none.',
    DedicatedNodesExtraFee:
      'What is paid for a node beyond its rent, in thousandths of a USD a month of 30 days.',
    ContractPaymentState: [
      'What is reserved and what is missing for a contract, in units of 0.000 000 1 TFT,',
      'the time of its last bill, in seconds since 1970, and its bills since the last payout.',
      '`additional` is what is paid for a dedicated node beyond its rent, `standard` all else.',
    ],
  },
  events: {
    ContractCreated: 'A contract was made.',
    ContractUpdated: 'A contract changed: its deployment or its solution provider.',
    NodeContractCanceled: 'A node contract ended.',
    NameContractCanceled: 'A name contract ended; the name is free.',
    IPsReserved: 'A contract got public addresses. Not in use: see ContractCreated.',
    IPsFreed: 'The public addresses of a contract went back to the farm.',
    ContractDeployed: 'A node deployed a contract. Not in use.',
    ConsumptionReportReceived: 'A node told what a contract used. Not in use.',
    ContractBilled: [
      'A contract was billed and all of it reserved, in units of 0.000 000 1 TFT.',
      'What was missing before is included.',
    ],
    TokensBurned: 'A part of a payment was burned. Not in use: nothing is burned any more.',
    UpdatedUsedResources: 'A node told what a contract uses.',
    NruConsumptionReportReceived: 'A node told the network traffic of a contract.',
    RentContractCanceled: 'A rent contract ended; the node is free.',
    ContractGracePeriodStarted: [
      'The owner of a contract could not pay for it. The node stops the deployment.',
      'It ends unless it is paid before that period is over.',
    ],
    ContractGracePeriodEnded: 'What was missing for a contract was paid. The deployment can go on.',
    SolutionProviderCreated: 'A solution provider was registered.',
    SolutionProviderApproved: 'A solution provider was approved, or is not approved any more.',
    ServiceContractCreated: 'A service contract was made.',
    ServiceContractMetadataSet: 'A service contract was described.',
    ServiceContractFeesSet: 'The fees of a service contract were set.',
    ServiceContractApproved: 'One of the two agreed to a service contract.',
    ServiceContractCanceled: 'A service contract ended.',
    ServiceContractBilled:
      'A service was billed and paid: `amount` is in units of 0.000 000 1 TFT.',
    BillingFrequencyChanged: 'Contracts are billed after another number of blocks.',
    NodeExtraFeeSet: 'What is paid for a node beyond its rent was set.',
    RentWaived: 'A rent was not billed, since the node is powered down.',
    ContractGracePeriodElapsed:
      'The period of grace of a contract is over, after so many blocks. It ends.',
    ContractPaymentOverdrawn: [
      'The owner of a contract could not pay all of a bill: what could be reserved,',
      'and what of this bill is missing, in units of 0.000 000 1 TFT.',
    ],
    RewardDistributed: [
      'What was reserved for a contract was paid out, in units of 0.000 000 1 TFT.',
      '10 % go to the staking pool, 40 % to the foundation, the rest and the extra fee to the farmer;',
      'of a name, the foundation gets the rest.',
    ],
  },
  errors: {
    TwinNotExists: 'There is no such twin, or the signer has none.',
    NodeNotExists: 'There is no such node, or the signer is none.',
    FarmNotExists: 'There is no such farm.',
    FarmHasNotEnoughPublicIPs: 'The farm has fewer public addresses than that.',
    FarmHasNotEnoughPublicIPsFree: 'The farm has fewer free public addresses than that.',
    FailedToReserveIP: 'The addresses cannot be reserved. No call answers with this.',
    FailedToFreeIPs: 'The addresses cannot be freed. No call answers with this.',
    ContractNotExists: 'There is no such contract.',
    TwinNotAuthorizedToUpdateContract: 'The contract does not belong to the signer.',
    TwinNotAuthorizedToCancelContract: 'The contract does not belong to the signer.',
    NodeNotAuthorizedToDeployContract:
      'The contract is of another node. No call answers with this.',
    NodeNotAuthorizedToComputeReport: 'The contract is of another node.',
    PricingPolicyNotExists: 'There is no such pricing policy.',
    ContractIsNotUnique: 'The node has a contract for this deployment already.',
    ContractWrongBillingLoopIndex: [
      'The contract is not where it should be billed:',
      'the billing frequency changed since it was made.',
    ],
    NameExists: 'Another contract has this name.',
    NameNotValid: 'The name has other characters than `a-z`, `0-9`, `-` and `_`.',
    InvalidContractType: 'The contract is not one for a deployment on a node.',
    TFTPriceValueError: 'There is no price of a TFT. No call answers with this.',
    NotEnoughResourcesOnNode: 'The node has too little left. No call answers with this.',
    NodeNotAuthorizedToReportResources:
      'The contract is of another node. No call answers with this.',
    MethodIsDeprecated: 'The call is not in use any more. No call answers with this.',
    NodeHasActiveContracts: 'The node has contracts, or is rented.',
    NodeHasRentContract: 'The node is rented already.',
    FarmIsNotDedicated: 'The farm is not a dedicated one. No call answers with this.',
    NodeNotAvailableToDeploy: [
      'The node is down or going down, rented by another twin or with its rent unpaid,',
      'dedicated and not rented, or not free to be rented.',
    ],
    CannotUpdateContractInGraceState: 'The contract has to be paid before it can change.',
    NumOverflow: 'A number is too large. No call answers with this.',
    OffchainSignedTxCannotSign: 'The validator cannot sign a bill. No call answers with this.',
    OffchainSignedTxAlreadySent: 'The bill was sent before. No call answers with this.',
    OffchainSignedTxNoLocalAccountAvailable:
      'The validator has no key to sign a bill with. No call answers with this.',
    NameContractNameTooShort: 'The name has less than 3 bytes.',
    NameContractNameTooLong: 'The name has more than 64 bytes.',
    InvalidProviderConfiguration: 'The providers take more than 50 per cent together.',
    NoSuchSolutionProvider: 'There is no such solution provider.',
    SolutionProviderNotApproved: 'The council has not approved the solution provider.',
    TwinNotAuthorized: 'The twin of the signer is not the one of the two that may do this.',
    ServiceContractNotExists: 'There is no such service contract.',
    ServiceContractCreationNotAllowed: 'A twin cannot serve itself.',
    ServiceContractModificationNotAllowed: 'Both have agreed: nothing changes any more.',
    ServiceContractApprovalNotAllowed:
      'Description or fees are missing, or both have agreed already.',
    ServiceContractRejectionNotAllowed:
      'Description or fees are missing, or both have agreed already.',
    ServiceContractBillingNotApprovedByBoth: 'The two have not both agreed.',
    ServiceContractBillingVariableAmountTooHigh:
      'It is more than the variable fee for the time billed.',
    ServiceContractBillMetadataTooLong: 'The text of the bill has more than 50 bytes.',
    ServiceContractMetadataTooLong: 'The description has more than 64 bytes.',
    ServiceContractNotEnoughFundsToPayBill: 'The consumer cannot spend that much.',
    CanOnlyIncreaseFrequency: 'The billing frequency would not grow.',
    IsNotAnAuthority: 'The node has no key of an authority. No call answers with this.',
    WrongAuthority: "It is another authority's turn. No call answers with this.",
    UnauthorizedToChangeSolutionProviderId:
      'The contract does not belong to the signer, or has a solution provider already.',
    UnauthorizedToSetExtraFee: 'The farm of the node does not belong to the signer.',
    RewardDistributionError: 'Less is reserved than what is to be paid out.',
    ContractPaymentStateNotExists: 'It is not known what is reserved for the contract.',
  },
  constants: {
    MaxNameContractNameLength: 'How long a name on the gateways may be, in bytes.',
    MaxDeploymentDataLength: 'How long the data of a node contract may be, in bytes.',
    MaxNodeContractPublicIps: 'How many public addresses a node contract may have.',
  },
}
