#!/bin/sh
# "RDP handshakes, annotated": an interface of Wireshark and tshark that shows RDP handshakes, each once it is judged,
# with the verdict and the steps as packet comments. Installed by scripts/install-extcap, which fills in the next line.
rdptrace=@RDPTRACE@

# Wireshark asks all of this at every start, so nothing here starts a JVM but the capture itself.
interface=any
filter=
fifo=
action=
while [ $# -gt 0 ]; do
  case $1 in
    --extcap-interfaces) action=interfaces ;;
    --extcap-dlts) action=dlts ;;
    --extcap-config) action=config ;;
    --capture) action=capture ;;
    --extcap-capture-filter) filter=$2; shift ;;
    --extcap-capture-filter=*) filter=${1#*=} ;;
    --fifo) fifo=$2; shift ;;
    --fifo=*) fifo=${1#*=} ;;
    --on) interface=$2; shift ;;
    --on=*) interface=${1#*=} ;;
    *) ;;
  esac
  shift
done

list() {
  value=any
  echo "value {arg=0}{value=any}{display=all interfaces}{default=true}"
  sed -n 's/^ *\([^:]*\):.*/\1/p' /proc/net/dev 2>/dev/null | while read -r value; do
    echo "value {arg=0}{value=$value}{display=$value}{default=false}"
  done
}

case $action in
  interfaces)
    echo "extcap {version=1.0}{display=rdptrace}"
    echo "interface {value=rdptrace}{display=RDP handshakes, annotated}"
    ;;
  dlts)
    echo "dlt {number=1}{name=EN10MB}{display=what the interface has}"
    ;;
  config)
    echo "arg {number=0}{call=--on}{display=Interface}{tooltip=where to capture}{type=selector}{required=false}"
    list
    ;;
  capture)
    # With rights of its own rdptrace captures; else dumpcap does, which a user in the group wireshark may run.
    held=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status 2>/dev/null)
    if [ $(( 0x${held:-0} >> 13 & 1 )) = 1 ] || ! command -v dumpcap >/dev/null 2>&1; then
      if [ -n "$filter" ]; then
        exec "$rdptrace" live -q -i "$interface" -f "$filter" -w "$fifo" --only-handshakes >/dev/null
      fi
      exec "$rdptrace" live -q -i "$interface" -w "$fifo" --only-handshakes >/dev/null
    fi
    folder=$(mktemp -d) || exit 1
    mkfifo "$folder/packets" || exit 1
    if [ -n "$filter" ]; then
      dumpcap -q -i "$interface" -f "$filter" -w - >"$folder/packets" 2>/dev/null &
    else
      dumpcap -q -i "$interface" -w - >"$folder/packets" 2>/dev/null &
    fi
    dumpcap=$!
    "$rdptrace" live -q -r - -w "$fifo" --only-handshakes <"$folder/packets" >/dev/null &
    analyser=$!
    trap 'kill "$dumpcap" 2>/dev/null' INT TERM HUP
    wait "$analyser"
    kill "$dumpcap" 2>/dev/null
    wait "$analyser"
    rm -rf "$folder"
    ;;
  *)
    echo "a program for Wireshark, see scripts/install-extcap" >&2
    exit 2
    ;;
esac
