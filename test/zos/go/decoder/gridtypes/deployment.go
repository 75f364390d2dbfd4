// Package gridtypes has the members of deployments (threefoldtech/zosbase: pkg/gridtypes/deployment.go, workload.go).
package gridtypes

import (
	"encoding/json"
	"errors"
	"time"
)

type Timestamp int64

func (t *Timestamp) UnmarshalJSON(text []byte) error {
	var seconds int64
	if json.Unmarshal(text, &seconds) == nil {
		*t = Timestamp(seconds)
		return nil
	}
	var moment time.Time
	if json.Unmarshal(text, &moment) == nil {
		*t = Timestamp(moment.Unix())
		return nil
	}
	return errors.New("unknown timestamp format, expecting a timestamp or an ISO-8601 date")
}

type Name string
type WorkloadType string
type ResultState string
type SignatureStyle string

type Result struct {
	Created Timestamp       `json:"created"`
	State   ResultState     `json:"state"`
	Error   string          `json:"message"`
	Data    json.RawMessage `json:"data"`
}

type Workload struct {
	Version     uint32          `json:"version"`
	Name        Name            `json:"name"`
	Type        WorkloadType    `json:"type"`
	Data        json.RawMessage `json:"data"`
	Metadata    string          `json:"metadata"`
	Description string          `json:"description"`
	Result      Result          `json:"result"`
}

type SignatureRequest struct {
	TwinID   uint32 `json:"twin_id"`
	Required bool   `json:"required"`
	Weight   uint   `json:"weight"`
}

type Signature struct {
	TwinID        uint32 `json:"twin_id"`
	Signature     string `json:"signature"`
	SignatureType string `json:"signature_type"`
}

type SignatureRequirement struct {
	Requests       []SignatureRequest `json:"requests"`
	WeightRequired uint               `json:"weight_required"`
	Signatures     []Signature        `json:"signatures"`
	SignatureStyle SignatureStyle     `json:"signature_style"`
}

type Deployment struct {
	Version              uint32               `json:"version"`
	TwinID               uint32               `json:"twin_id"`
	ContractID           uint64               `json:"contract_id"`
	Metadata             string               `json:"metadata"`
	Description          string               `json:"description"`
	Expiration           Timestamp            `json:"expiration"`
	SignatureRequirement SignatureRequirement `json:"signature_requirement"`
	Workloads            []Workload           `json:"workloads"`
}
