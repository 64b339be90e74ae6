#!/bin/sh
# Sends letter.xml to the practice of its patient, waits for both acknowledgements and prints their codes. Needs curl and
# openssl. Exit 0: the letter was accepted; 1: it was not, and the code says why.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/connect.env"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A token is good for one request: mailbox, nonce, count and minute, with a hash over these and the password.
token() {
  nonce=$(openssl rand -hex 16)
  minute=$(date -u +%Y%m%d%H%M)
  hash=$(printf %s "$MESH_MAILBOX:$nonce:0:$MESH_PASSWORD:$minute" |
    openssl dgst -sha256 -hmac "$MESH_SHARED_KEY" | sed 's/.*= *//')
  printf %s "NHSMESH $MESH_MAILBOX:$nonce:0:$minute:$hash"
}

# mesh METHOD PATH [arguments of curl]: one request of the mailbox; its answer is in $work/answer and $work/headers.
mesh() {
  method=$1 path=$2
  shift 2
  curl --silent --show-error --fail --noproxy '*' --max-time 60 --cacert "$MESH_CA" --cert "$MESH_CERTIFICATE" --key "$MESH_KEY" \
    --request "$method" --header "Authorization: $(token)" --header 'Accept: application/vnd.mesh.v2+json' \
    --output "$work/answer" --dump-header "$work/headers" "$@" "$MESH_URL/messageexchange/$MESH_MAILBOX$path"
}
element() { sed -n "s:.*<$1>\\(.*\\)</$1>.*:\\1:p" "$here/letter.ctl"; }
header() { tr -d '\r' <"$work/headers" | awk -v name="$1:" 'index(tolower($0), name) == 1 { sub(/^[^:]*: */, ""); print }'; }
fail() {
  echo "$*" >&2
  exit 1
}

# Ids are good once, too: a message whose ids came before is answered 20007. Each gets a new one, the same everywhere.
uuid='[0-9a-f]\{8\}-[0-9a-f]\{4\}-[0-9a-f]\{4\}-[0-9a-f]\{4\}-[0-9a-f]\{12\}'
for old in $(grep -o "$uuid" "$here/letter.xml" | sort -u); do
  new=$(openssl rand -hex 16 | sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)/\1-\2-4\3-8\4-/')
  echo "s/$old/$new/g"
done >"$work/ids"
sed -f "$work/ids" "$here/letter.xml" >"$work/letter.xml"
letter=$(tr -d '\n' <"$work/letter.xml" | sed -n 's/.*<MessageHeader[^>]*>[[:space:]]*<id value="\([^"]*\)".*/\1/p')

mesh POST /outbox --header "Mex-From: $MESH_MAILBOX" --header "Mex-To: $(element To_DTS)" \
  --header "Mex-WorkflowID: $(element WorkflowId)" --header "Mex-Subject: $(element Subject)" \
  --header "Mex-LocalID: $(element LocalId)" --header 'Content-Type: application/octet-stream' \
  --data-binary "@$work/letter.xml"
sent=$(sed -n 's/.*"message_id" *: *"\([^"]*\)".*/\1/p' "$work/answer")
echo "sent: $sent"

infrastructure='' business=''
end=$(($(date +%s) + 60))
while [ "$(date +%s)" -lt "$end" ]; do
  mesh GET /inbox
  for id in $(tr '",' '\n\n' <"$work/answer" | grep '^[0-9]\{20\}_[0-9A-Z]*$' || true); do
    mesh GET "/inbox/$id"
    if [ "$(header mex-linkedmsgid)" = "$sent" ]; then
      why="$(header mex-statuscode) $(header mex-statusdescription)"
      mesh PUT "/inbox/$id/status/acknowledged"
      fail "not delivered: $why"
    fi
    grep -q "<identifier value=\"$letter\"" "$work/answer" || continue # an answer to something else stays there
    code=$(grep -o '<code value="[123][0-9]\{4\}"' "$work/answer" | head -n 1 | tr -cd 0-9)
    mesh PUT "/inbox/$id/status/acknowledged"
    case $code in
    20013) infrastructure=$code && echo "infrastructure acknowledgement: $code" ;;
    30001 | 30004) business=$code && echo "business acknowledgement: $code" ;;
    *) fail "acknowledgement: $code, the letter was not accepted" ;;
    esac
  done
  if [ -n "$infrastructure" ] && [ -n "$business" ]; then exit 0; fi
  sleep 1
done
fail "not both acknowledgements within a minute"
