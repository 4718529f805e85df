// A failure: declared with its code and messages, told apart by the code, and shown with it.
import {
  Failure,
  declareFailures,
  declareParts,
  declaredFailures,
  declaredParts,
  isFailure,
  reworded,
  withCode,
  wordsOf,
} from "../../../provider/core/failure";

const kettle = {
  means: "The kettle is out of reach.",
  cure: "Move it.",
  messages: { far: "{kettle} is {metres} m away. Nothing was boiled.", gone: "There is no kettle." },
} as const;
const errors = declareFailures({
  KETTLE_FAR: kettle,
  KETTLE_COLD: { ...kettle, messages: { cold: "{kettle} is cold." } },
});

test("a message is filled with values once; what a value holds is not filled again", () => {
  const failure = errors.KETTLE_FAR.far({ kettle: "{metres} $& kettle", metres: 3 }, { status: 7 });
  expect(failure).toBeInstanceOf(Failure);
  expect({ ...failure, message: failure.message }).toEqual({
    name: "Failure",
    code: "KETTLE_FAR",
    message: "{metres} $& kettle is 3 m away. Nothing was boiled.",
    details: { status: 7 },
  });
  expect(errors.KETTLE_FAR.gone().message).toBe("There is no kettle.");
});

test("a hole that is not filled, or a message that is not declared, does not compile", () => {
  // @ts-expect-error -- metres is missing
  expect(errors.KETTLE_FAR.far({ kettle: "Ours" }).message).toContain("{metres}");
  // @ts-expect-error -- no such message
  expect(errors.KETTLE_FAR.near).toBeUndefined();
});

test("a failure is told apart by its code, given as text or as the declared kind", () => {
  const failure: unknown = errors.KETTLE_COLD.cold({ kettle: "Ours" });
  expect([isFailure(failure), isFailure(failure, "KETTLE_COLD"), isFailure(failure, errors.KETTLE_COLD)]).toEqual([
    true,
    true,
    true,
  ]);
  expect([isFailure(failure, errors.KETTLE_FAR), isFailure(new Error("KETTLE_COLD"))]).toEqual([false, false]);
});

test("the words of a failure end with its code, also as the cause of another error", () => {
  const failure = errors.KETTLE_FAR.gone();
  expect(withCode(failure)).toBe("There is no kettle. [KETTLE_FAR]");
  expect(wordsOf(new Error("no tea", { cause: failure }))).toBe("no tea: There is no kettle. [KETTLE_FAR]");
});

test("with another text a failure keeps its code and its details", () => {
  const failure = reworded(errors.KETTLE_FAR.gone({}, { status: 7, retryAfterSeconds: 2 }), "No tea today.");
  expect([failure.code, failure.message, failure.details]).toEqual([
    "KETTLE_FAR",
    "No tea today.",
    { status: 7, retryAfterSeconds: 2 },
  ]);
});

test("a part of messages is filled as a message is", () => {
  const parts = declareParts({ full: "{kettle} is full.", none: "There is no tea." });
  expect([parts.full({ kettle: "Ours" }), parts.none()]).toEqual(["Ours is full.", "There is no tea."]);
  expect(declaredParts()).toEqual(["{kettle} is full.", "There is no tea."]);
});

test("a code is declared once", () => {
  expect(declaredFailures().get("KETTLE_FAR")).toBe(kettle);
  expect(() => declareFailures({ KETTLE_FAR: kettle })).toThrow("the code KETTLE_FAR is declared twice");
});
