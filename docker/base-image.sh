#!/usr/bin/env bash
# Makes an image of the Node of this machine, its libraries and certificates: a base where no registry is reached.
#
#     docker/base-image.sh my-node
set -euo pipefail

tag=${1:?"usage: base-image.sh TAG"}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,etc/ssl/certs,tmp,usr/local/bin,usr/sbin}
chmod 1777 "$root/tmp"

# Copies a file of this machine with all links on the way to it.
take() { tar --create --dereference --hard-dereference "$1" 2>/dev/null | tar --extract --directory "$root"; }

node=$(node -p process.execPath)
install -m 755 "$node" "$root/usr/local/bin/node"
# Names are looked up by libraries that are loaded when they are needed.
{
  ldd "$node" | grep -o '/[^ ]*'
  ldconfig -p | grep -oE '/[^ ]*/lib(nss_dns|nss_files|resolv)\.so\.[0-9]+' || true
} | sort -u | while read -r library; do take "$library"; done
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then take /etc/ssl/certs/ca-certificates.crt; fi
printf 'root:x:0:0::/root:/bin/false\nnode:x:1000:1000::/data:/bin/false\n' >"$root/etc/passwd"
printf 'root:x:0:\nnode:x:1000:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"

tar --create --directory "$root" . | docker import --change 'ENV PATH=/usr/local/bin:/usr/sbin:/bin' - "$tag" >/dev/null
