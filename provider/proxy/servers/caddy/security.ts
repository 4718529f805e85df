// What all routes of a listener have alike, in words. Every program loads it.

export const securityWords = (isSecure: boolean): string => (isSecure ? "routes with TLS" : "routes without TLS");
