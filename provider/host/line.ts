// The stored line that leads Pulumi's dynamic host to our code. Stored format: frozen at the first release.

/**
 * What a resource registers as `__provider`: a constant, so no code is serialised and no version is written down. It
 * finds the package from the program's folder, in pnpm's folder too when it is only a dependency of a dependency.
 */
export function providerLine(name: string): string {
  return (
    `exports.handler=()=>{try{var f=require.resolve('pulumi-telegram/provider',{paths:module.paths.map(d=>d+'/.pnpm')})}` +
    `catch(e){e.message='pulumi-telegram is not installed: run npm install';e.stack='';throw e}` +
    `return require(f).${name}}`
  );
}
