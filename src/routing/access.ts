// Which models may be used, by whom: access policies, the virtual models without targets.

export type AccessRule = {
  enabled: boolean;
  /** Subtrees of user paths; absent for everybody. */
  userPaths?: readonly string[];
};

export type AccessRules = {
  /** Without any rule everything is open, and nothing need be looked up. */
  isOpen: boolean;
  allows(provider: string, model: string, userPath: string): boolean;
};

/** Keys are `/` for all models, `provider/`, `provider/model`, or `model` at any provider; the most specific decides. */
export function openAccess(rules: ReadonlyMap<string, AccessRule>, byDefault: boolean): AccessRules {
  return {
    isOpen: rules.size === 0 && byDefault,
    allows(provider, model, userPath) {
      const rule = rules.get(`${provider}/${model}`) ?? rules.get(`${provider}/`) ?? rules.get(model) ?? rules.get("/");
      return rule ? rule.enabled && isWithin(userPath, rule.userPaths) : byDefault;
    },
  };
}

/** The same rules for those models that the operator allows at all (`allowed_models`), under whatever name they are asked for. */
export function within(
  rules: AccessRules,
  allows: ((provider: string, model: string) => boolean) | undefined,
): AccessRules {
  if (!allows) return rules;
  return {
    isOpen: false,
    allows: (provider, model, userPath) => allows(provider, model) && rules.allows(provider, model, userPath),
  };
}

/** "/team" holds "/team" and "/team/a", not "/teams". */
export function isWithin(userPath: string, subtrees: readonly string[] | undefined): boolean {
  if (!subtrees) return true;
  return subtrees.some((subtree) => subtree === "/" || userPath === subtree || userPath.startsWith(`${subtree}/`));
}

/**
 * With a slash in front, without empty segments. Undefined for a path that is none: with dot segments, which could climb
 * out of a subtree, or with a colon.
 */
export function readUserPath(written: string): string | undefined {
  const segments = written
    .split("/")
    .map((segment) => segment.trim())
    .filter((segment) => segment !== "");
  if (segments.some((segment) => segment === "." || segment === ".." || segment.includes(":"))) return undefined;
  return `/${segments.join("/")}`;
}
