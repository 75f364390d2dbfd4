// Deploys a machine as the ZOS manual shows it: over a local rmb-peer, with the low-level node client.
//
// The manual leaves two steps to the reader, the contract on the chain and the waiting; both are done
// here with the libraries that Go programs of the grid use for them.
package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"net"
	"os"
	"time"

	substrate "github.com/threefoldtech/tfchain/clients/tfchain-client-go"
	rmb "github.com/threefoldtech/tfgrid-sdk-go/rmb-sdk-go"
	"github.com/threefoldtech/zos/client"
	"github.com/threefoldtech/zos/pkg/gridtypes"
	"github.com/threefoldtech/zos/pkg/gridtypes/zos"
)

const flist = "https://hub.grid.tf/tf-official-apps/threefoldtech-ubuntu-22.04.flist"

type options struct {
	chain    string
	mnemonic string
	twin     uint
	nodeTwin uint
	nodeID   uint
}

// report is the one line that the program prints on its standard output.
type report struct {
	Version   string        `json:"version"`
	Hash      string        `json:"hash"`
	Contract  uint64        `json:"contract"`
	Workloads []workloadEnd `json:"workloads"`
	Delete    string        `json:"delete"`
}

type workloadEnd struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	State string `json:"state"`
	Error string `json:"error"`
}

func main() {
	var opts options
	flag.StringVar(&opts.chain, "chain", "", "WebSocket URL of the chain")
	flag.StringVar(&opts.mnemonic, "mnemonic", "", "phrase of the user's sr25519 account")
	flag.UintVar(&opts.twin, "twin", 0, "the user's twin")
	flag.UintVar(&opts.nodeTwin, "node-twin", 0, "the node's twin")
	flag.UintVar(&opts.nodeID, "node", 0, "the node")
	flag.Parse()
	result, err := run(opts)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	line, err := json.Marshal(result)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func run(opts options) (*report, error) {
	bus, err := rmb.Default()
	if err != nil {
		return nil, err
	}
	node := client.NewNodeClient(uint32(opts.nodeTwin), bus)

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	version, err := node.SystemVersion(ctx)
	if err != nil {
		return nil, fmt.Errorf("system version: %w", err)
	}
	taken, err := node.NetworkListWGPorts(ctx)
	if err != nil {
		return nil, fmt.Errorf("taken ports: %w", err)
	}

	identity, err := substrate.NewIdentityFromSr25519Phrase(opts.mnemonic)
	if err != nil {
		return nil, err
	}
	dl := deployment(uint32(opts.twin), freePort(taken))
	if err := dl.Valid(); err != nil {
		return nil, fmt.Errorf("deployment: %w", err)
	}
	hash, err := dl.ChallengeHash()
	if err != nil {
		return nil, err
	}
	if err := dl.Sign(uint32(opts.twin), identity); err != nil {
		return nil, err
	}

	chain, err := substrate.NewManager(opts.chain).Substrate()
	if err != nil {
		return nil, err
	}
	defer chain.Close()
	dl.ContractID, err = chain.CreateNodeContract(identity, uint32(opts.nodeID), "", hex.EncodeToString(hash), 0, nil)
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}

	if err := node.DeploymentDeploy(ctx, dl); err != nil {
		return nil, fmt.Errorf("deploy: %w", err)
	}
	ends, err := wait(ctx, node, dl.ContractID)
	if err != nil {
		return nil, err
	}
	result := &report{
		Version:   version.ZOS,
		Hash:      hex.EncodeToString(hash),
		Contract:  dl.ContractID,
		Workloads: ends,
	}
	if err := node.DeploymentDelete(ctx, dl.ContractID); err != nil {
		result.Delete = err.Error()
	}
	return result, nil
}

func freePort(taken []uint16) uint16 {
	for {
		port := uint16(2000 + rand.Intn(6000))
		isTaken := false
		for _, each := range taken {
			isTaken = isTaken || each == port
		}
		if !isTaken {
			return port
		}
	}
}

func wait(ctx context.Context, node *client.NodeClient, contract uint64) ([]workloadEnd, error) {
	for {
		dl, err := node.DeploymentGet(ctx, contract)
		if err != nil {
			return nil, fmt.Errorf("get: %w", err)
		}
		ends := make([]workloadEnd, 0, len(dl.Workloads))
		settled := 0
		for _, wl := range dl.Workloads {
			if wl.Result.State.IsAny(gridtypes.StateOk, gridtypes.StateError) {
				settled++
			}
			ends = append(ends, workloadEnd{
				Name:  wl.Name.String(),
				Type:  wl.Type.String(),
				State: string(wl.Result.State),
				Error: wl.Result.Error,
			})
		}
		if settled == len(dl.Workloads) && settled > 0 {
			return ends, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("workloads are not ready: %+v", ends)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func deployment(twin uint32, port uint16) gridtypes.Deployment {
	return gridtypes.Deployment{
		Version: 0,
		TwinID:  twin,
		Workloads: []gridtypes.Workload{
			network(port),
			zmount(),
			zmachine(),
		},
		SignatureRequirement: gridtypes.SignatureRequirement{
			WeightRequired: 1,
			Requests: []gridtypes.SignatureRequest{
				{
					TwinID: twin,
					Weight: 1,
				},
			},
		},
	}
}

func network(port uint16) gridtypes.Workload {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i + 1)
	}
	return gridtypes.Workload{
		Type: zos.NetworkType,
		Name: "net",
		Data: gridtypes.MustMarshal(zos.Network{
			NetworkIPRange: gridtypes.MustParseIPNet("10.1.0.0/16"),
			Subnet:         gridtypes.MustParseIPNet("10.1.1.0/24"),
			WGPrivateKey:   base64.StdEncoding.EncodeToString(key),
			WGListenPort:   port,
			Peers:          []zos.Peer{},
		}),
	}
}

func zmount() gridtypes.Workload {
	return gridtypes.Workload{
		Type: zos.ZMountType,
		Name: "data",
		Data: gridtypes.MustMarshal(zos.ZMount{Size: 10 * gridtypes.Gigabyte}),
	}
}

func zmachine() gridtypes.Workload {
	return gridtypes.Workload{
		Type: zos.ZMachineType,
		Name: "vm",
		Data: gridtypes.MustMarshal(zos.ZMachine{
			FList: flist,
			Network: zos.MachineNetwork{
				Planetary: true,
				Interfaces: []zos.MachineInterface{
					{Network: "net", IP: net.ParseIP("10.1.1.3")},
				},
			},
			ComputeCapacity: zos.MachineCapacity{CPU: 1, Memory: 1 * gridtypes.Gigabyte},
			Mounts:          []zos.MachineMount{{Name: "data", Mountpoint: "/data"}},
			Entrypoint:      "/sbin/zinit init",
			Env:             map[string]string{"NAME": "manual"},
		}),
	}
}
