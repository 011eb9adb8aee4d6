#!/bin/sh
# Makes the certificates of these tests with OpenSSL 3. They sign nothing else and protect nothing.
set -eu
cd "$(dirname "$0")"
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
signer="basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=emailProtection
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid:always"
issue() { # name, common name, issuer
    key "$1"
    openssl req -new -key "$1.key" -subj "/O=Indicia tests/CN=$2" -out "$1.csr"
    echo "$signer" > "$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" -days 36500 -sha256 -extfile "$1.ext" -out "$1.pem"
    rm "$1.csr" "$1.ext"
}
key root
openssl req -x509 -new -key root.key -subj "/O=Indicia tests/CN=Test root" -days 36500 -sha256 -out root.pem \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"
issue signer "Test signer" root
# Issued by the signer, who is no authority: must never be trusted.
issue impostor "Somebody else" signer
cat signer.pem root.pem > signer.chain.pem
cat impostor.pem signer.pem root.pem > impostor.chain.pem
rm root.key impostor.pem
