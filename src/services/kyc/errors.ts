// The KYC service's errors: a type that decides the code, and a text that begins with it
// (`threefoldtech/tf-kyc-verifier: internal/errors/errors.go`, `internal/handlers/handlers.go`).

/** The types of error and the HTTP codes with which they are answered. */
const codes = {
  VALIDATION_ERROR: 400,
  AUTHORIZATION_ERROR: 401,
  NOT_SUFFICIENT_BALANCE: 402,
  NOT_FOUND: 404,
  CONFLICT: 409,
  INTERNAL_ERROR: 500,
  EXTERNAL_SERVICE_ERROR: 503,
} as const

/** An error as it is answered. */
export interface KycError {
  readonly status: number
  readonly error: string
}

/** The error of a type. `cause` is the text of the error below it. */
export function kycError(type: keyof typeof codes, text: string, cause?: string): KycError {
  const error = cause === undefined ? `${type}: ${text}` : `${type}: ${text}: ${cause}`
  return { status: codes[type], error }
}
