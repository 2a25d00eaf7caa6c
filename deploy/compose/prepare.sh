#!/bin/sh
# Once per instance, before `docker compose up`: secrets as files, and the settings compose reads.
#
#   prepare.sh                          an instance to try: development issuer, local mode
#   prepare.sh --issuer URL --keys URL  a real one: your OpenID Connect issuer and its key set
#   --address URL                       where programs reach the gateway, to issue tokens to clients of its own
#   --instance NAME                     name of the instance (north)
#   --federation hub|region             what it is to be: docs/operate/federation-compose.md
#   --folder DIR                        DIR/secrets and DIR/env instead of deploy/compose/secrets and .env
#
# What exists is kept, so running it again adds what is missing. Needs a POSIX shell and nothing else.
set -eu
cd "$(dirname "$0")/../.."
umask 077
issuer='' keys='' address='' instance=north federation='' secrets=deploy/compose/secrets env=.env
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
  case $1 in
  --issuer) issuer=$2 ;;
  --keys) keys=$2 ;;
  --address) address=$2 ;;
  --instance) instance=$2 ;;
  --federation)
    case $2 in hub | region) federation=":docker-compose.$2.yml" ;; *) echo "--federation hub or region" >&2; exit 2 ;; esac ;;
  --folder) mkdir -p "$2"; folder="$(cd "$2" && pwd)"; secrets=$folder/secrets env=$folder/env ;;
  *) echo "unknown option $1, see the first lines of $0" >&2; exit 2 ;;
  esac
  shift 2
done
if [ -n "$issuer$keys" ] && { [ -z "$issuer" ] || [ -z "$keys" ]; }; then
  echo "--issuer and --keys go together" >&2; exit 2
fi

# The folder keeps other users of this machine out. The files in it are readable for all, because each is
# mounted alone into a container that runs as a user of its own.
mkdir -p "$secrets"
chmod 700 "$secrets"
secret() { # NAME CONTENT
  [ -s "$secrets/$1" ] || { printf %s "$2" >"$secrets/$1"; chmod 444 "$secrets/$1"; }
}
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

secret postgres_password "$(random)"
secret admin_database_url "postgresql://postgres:$(cat "$secrets/postgres_password")@postgres:5432/postgres"
for service in registry assessment planning evaluation; do
  secret "${service}_database_url" "postgresql://steward_$service:$(random)@postgres:5432/steward"
done
for user in registry assessment planning evaluation gateway eraser readers admin; do
  secret "${user}_nats_password" "$(random)"
done
secret subject_pepper "$(random)"

if [ -s "$env" ]; then
  echo "kept $env and what was in $secrets"
  exit 0
fi
{
  if [ -n "$issuer" ]; then
    echo "COMPOSE_FILE=docker-compose.yml$federation"
  else
    echo "# A development issuer, whose key is in a volume: for trying, never for people's data."
    echo "COMPOSE_FILE=docker-compose.yml:docker-compose.local.yml$federation"
  fi
  echo "STEWARD_INSTANCE=$instance"
  echo "STEWARD_OIDC_ISSUER=${issuer:-urn:steward:development-issuer}"
  echo "STEWARD_OIDC_JWKS_URL=${keys:-http://gateway:8080/dev/issuer/jwks.json}"
  echo "STEWARD_OIDC_AUDIENCE=steward"
  [ -n "$issuer" ] || address=${address:-http://127.0.0.1:8080}
  echo "STEWARD_CLIENT_ISSUER=$address"
  echo "SECRETS_FOLDER=$([ "$env" = .env ] && echo ./)$secrets"
  echo "GATEWAY_PORT=8080"
  [ "$federation" != :docker-compose.hub.yml ] || echo "LINK_ADDRESS=127.0.0.1"
} >"$env"
echo "made $env and $secrets"
