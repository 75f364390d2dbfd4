// Package example starts a grid in a container for a Go test.
//
//	docker build -f docker/Dockerfile -t pocketgrid .
//	cd docker/examples/go && go test -v
package example

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// Account is somebody with funds and a twin.
type Account struct {
	Name     string `json:"name"`
	Mnemonic string `json:"mnemonic"`
	TwinID   uint32 `json:"twinId"`
}

// Grid is a running grid, with the ports by which this machine reaches it.
type Grid struct {
	Chain    string    // ws:// URL of the chain
	Relay    string    // ws:// URL of the RMB relay
	Web      string    // http:// URL below which the services are: /gridproxy, /graphql, /api
	Accounts []Account `json:"accounts"`
}

// startGrid starts a grid that ends with the test.
func startGrid(t *testing.T, options ...string) Grid {
	t.Helper()
	ctx := context.Background()
	container, err := testcontainers.Run(ctx,
		cmp.Or(os.Getenv("POCKETGRID_IMAGE"), "pocketgrid"),
		testcontainers.WithCmd(options...),
		testcontainers.WithExposedPorts("9944/tcp", "8080/tcp"),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/api/health").WithPort("8080/tcp")),
	)
	testcontainers.CleanupContainer(t, container)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := container.PortEndpoint(ctx, "9944/tcp", "ws")
	if err != nil {
		t.Fatal(err)
	}
	web, err := container.PortEndpoint(ctx, "8080/tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	grid := Grid{Chain: chain, Relay: fmt.Sprintf("ws://%s/relay", web), Web: "http://" + web}
	getJSON(t, grid.Web+"/api/info", &grid)
	return grid
}

func TestGridHasNodes(t *testing.T) {
	grid := startGrid(t, "--nodes", "3", "--seed", "example")

	var nodes []struct {
		NodeID uint32 `json:"nodeId"`
		Status string `json:"status"`
	}
	getJSON(t, grid.Web+"/gridproxy/nodes", &nodes)
	if len(nodes) != 3 || nodes[0].Status != "up" {
		t.Fatalf("expected 3 nodes that are up, found %+v", nodes)
	}

	// The chain answers over HTTP as over WebSocket: any Substrate client connects to grid.Chain.
	question := `{"jsonrpc":"2.0","id":1,"method":"system_chain","params":[]}`
	response, err := http.Post("http"+grid.Chain[len("ws"):], "application/json", bytes.NewBufferString(question))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Result string }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	t.Logf("chain %s at %s, relay at %s, first account %s with twin %d",
		answer.Result, grid.Chain, grid.Relay, grid.Accounts[0].Name, grid.Accounts[0].TwinID)
	if answer.Result != "Development" {
		t.Fatalf("unexpected chain %q", answer.Result)
	}
}

func getJSON(t *testing.T, url string, value any) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(value); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
}
