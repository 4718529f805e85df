// What BotEndpoint is made of.
export { adviceOf } from "./advice";
export { planOf } from "./args";
export { isPublic } from "./certificate";
export { fileOf } from "./environment";
export * as parts from "./parts";
export { shaped } from "./shape";
