/**
 * The certificate and key of the TLS fixtures: for 127.0.0.1 and localhost, valid until 2126.
 *
 * For tests only. The key is public by being here, so nothing else may ever trust the certificate.
 * Made by: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -sha256 -days 36500
 *   -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1
 *   -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth
 *   -addext keyUsage=digitalSignature
 */

/** The certificate, which is also the only root that the tests' clients trust. PEM. */
export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBvDCCAWKgAwIBAgIUVgSOOoPWaa36ba/lXFGpzlZqr1MwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA3MTUwMloYDzIxMjYxMDI4
MDcxNTAyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARN91z0qLrpORTlz3BFajZEM+OoAoOgZ1D224Z0XO+eS+GylmzLo+h6
ytAWNONcKnJqYavCP93z3BJf5sRS1juOo4GPMIGMMB0GA1UdDgQWBBSBfXvgm/XR
GZQ+YYlw3GVv4OjTdTAfBgNVHSMEGDAWgBSBfXvgm/XRGZQ+YYlw3GVv4OjTdTAa
BgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwDAYDVR0TAQH/BAIwADATBgNVHSUE
DDAKBggrBgEFBQcDATALBgNVHQ8EBAMCB4AwCgYIKoZIzj0EAwIDSAAwRQIgeg5E
Foo7D1XHacMcGeM1RzuXvm6xHcXeR2w3eI6tIrsCIQCtbp9Q8tDhJj2myk/Y4PFX
zo4nQ8mCWDB/Zh2/casDNg==
-----END CERTIFICATE-----
`;

/** The private key of the certificate. PEM. */
export const TEST_PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg72jf3PM854290/sC
dfRi2zu+lz9QBKfuT4HHh8M+5aShRANCAARN91z0qLrpORTlz3BFajZEM+OoAoOg
Z1D224Z0XO+eS+GylmzLo+h6ytAWNONcKnJqYavCP93z3BJf5sRS1juO
-----END PRIVATE KEY-----
`;
