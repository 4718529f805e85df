// The stored line that leads Pulumi's dynamic host to our code. Stored format: frozen at the first release.

/**
 * What a resource registers as `__provider`: a constant, so no code is serialised and no version is written down. It
 * finds the package from the program's folder, and in the folders of pnpm and bun when it is only a dependency of a
 * dependency.
 */
export function providerLine(name: string): string {
  return (
    `exports.handler=()=>{try{var f=require.resolve('pulumi-telegram/provider',{paths:module.paths.flatMap(d=>[d+'/.pnpm',d+'/.bun'])})}` +
    `catch(e){e.message='pulumi-telegram was not found: add it to your package.json and install it';e.stack='';throw e}` +
    `return require(f).${name}}`
  );
}
