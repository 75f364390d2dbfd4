// Decodes deployments with Go's own decoder, one base64 text a line, and says what it says of each.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"decoder/gridtypes"
)

// What was read, in plain words that need no further decoding.
func summary(d *gridtypes.Deployment) string {
	text := fmt.Sprintf("%d %d %d %x %x %d %x %d", d.Version, d.TwinID, d.ContractID, d.Metadata, d.Description, int64(d.Expiration), string(d.SignatureRequirement.SignatureStyle), d.SignatureRequirement.WeightRequired)
	for _, r := range d.SignatureRequirement.Requests {
		text += fmt.Sprintf(" r%d %t %d", r.TwinID, r.Required, r.Weight)
	}
	for _, s := range d.SignatureRequirement.Signatures {
		text += fmt.Sprintf(" s%d %x %x", s.TwinID, s.Signature, s.SignatureType)
	}
	for _, w := range d.Workloads {
		text += fmt.Sprintf(" w%d %x %x %x %x %x", w.Version, string(w.Name), string(w.Type), []byte(w.Data), w.Metadata, w.Description)
	}
	return text
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		text, err := base64.StdEncoding.DecodeString(string(line[:len(line)-1]))
		if err != nil {
			panic(err)
		}
		var d gridtypes.Deployment
		answer := ""
		if err := json.Unmarshal(text, &d); err != nil {
			answer = "error " + err.Error()
		} else {
			answer = "value " + summary(&d)
		}
		fmt.Fprintln(out, base64.StdEncoding.EncodeToString([]byte(answer)))
	}
}
