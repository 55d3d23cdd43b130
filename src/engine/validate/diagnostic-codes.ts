/** Every code a `Diagnostic` can carry, what it says and what to do about it. `docs/diagnostics.md` shows this table. */

interface Explanation {
  readonly says: string;
  readonly todo: string;
}

const FILES = {
  'not-regular-file': {
    says: 'A phase or parameters file is a link, a folder, a device, a socket or a pipe.',
    todo: 'Put the file itself there.',
  },
  'outside-repository': { says: 'A path leads out of the repository.', todo: 'Copy the file into the repository.' },
  'not-readable': { says: 'The file cannot be opened.', todo: 'Check its permissions.' },
  'not-utf8': { says: 'The file holds bytes that are not UTF-8.', todo: 'Save it as UTF-8 text.' },
  'file-too-large': { says: 'The file is larger than a phase may be.', todo: 'Split the phase.' },
  'too-many-files': { says: 'There are more files under `phases/` than are read.', todo: 'Split the project.' },
  'too-deep': { says: 'A folder lies deeper than is looked.', todo: 'Use fewer folders.' },
  'not-a-phase': { says: 'A file under `phases/` is not a mapping.', todo: 'Start it with `Resources:`, or move it.' },
  'duplicate-phase': { says: 'Two files would be the same phase.', todo: 'Rename one.' },
  'absent-phase': {
    says: 'A phase depends on one that is not in the repository.',
    todo: 'Correct the name; it is taken as already deployed.',
  },
  'no-resources': { says: 'A phase of the original project has no resources that can be read.', todo: 'Nothing, if none is meant.' },
} as const satisfies { readonly [code: string]: Explanation };

const YAML = {
  'yaml-syntax': { says: 'The file is not YAML.', todo: 'Look at the place shown and the line above it.' },
  'yaml-encoding': { says: 'The file holds bytes or characters that YAML text cannot.', todo: 'Save it as UTF-8 text.' },
  'yaml-key': { says: 'A key is a list or a mapping, or a name that JavaScript gives a meaning (`__proto__`).', todo: 'Rename the key.' },
  'yaml-too-large': { says: 'More characters, values or aliases than a phase may have.', todo: 'Split the phase.' },
  'yaml-too-deep': { says: 'Nesting deeper than is read.', todo: 'Flatten the structure.' },
  'yaml-multiple-documents': { says: 'The file holds several documents.', todo: 'Make each a file.' },
  'unknown-tag': {
    says: 'A tag (`!Something`) that is no CloudFormation function.',
    todo: 'Use one of CloudFormation, or quote the text.',
  },
  'duplicate-key': { says: 'A key stands twice in one mapping.', todo: 'Keep one of the two.' },
} as const satisfies { readonly [code: string]: Explanation };

const TEMPLATES = {
  'missing-type': { says: 'A resource has no type.', todo: 'Add `Type`.' },
  'missing-name': { says: 'A resource of a list has no name.', todo: 'Add `name`.' },
  'missing-value': { says: 'An output has no value.', todo: 'Add `Value`.' },
  'bad-logical-id': { says: 'A name with other signs than letters and digits.', todo: 'Rename the resource.' },
  'bad-value': { says: 'A deletion or replacement policy that does not exist.', todo: 'Write one of those named.' },
  'unknown-key': { says: 'A key that no resource has.', todo: 'Settings of the resource belong under `Properties`.' },
  'not-acted-on': {
    says: 'A part of a template that only CloudFormation acts on (`Rules`, `CreationPolicy`, `UpdatePolicy`).',
    todo: 'Nothing, if you do not rely on it.',
  },
  unsupported: {
    says: 'A transform or a function that is not carried out (`Fn::ForEach`, macros).',
    todo: 'Write out what it would make.',
  },
  'unsupported-type': {
    says: 'A resource that only CloudFormation itself carries out: custom resources, nested stacks, modules, SAM types.',
    todo: 'Write the resources it stands for.',
  },
} as const satisfies { readonly [code: string]: Explanation };

const REFERENCES = {
  'unresolved-reference': { says: 'Nothing has the name that is referred to.', todo: 'Correct the name; candidates are listed.' },
  'unknown-attribute': { says: 'The resource has no attribute of that name.', todo: 'Use one of its attributes.' },
  'wrong-reference': {
    says: 'The reference gives another kind of value than the property takes.',
    todo: 'Refer to the kind named, or take the attribute named.',
  },
  'ambiguous-output': {
    says: 'Several earlier phases have an output of the name of this parameter.',
    todo: 'Give the parameter a value, or rename an output.',
  },
  'bad-intrinsic': { says: 'A function is not called as CloudFormation defines it.', todo: 'Correct its arguments.' },
  'unknown-condition': {
    says: 'A condition depends on what only AWS knows.',
    todo: 'Let it depend on parameters, mappings and pseudo parameters.',
  },
  'bad-parameter': {
    says: 'A parameter has a value that its type, allowed values, length or pattern refuse.',
    todo: 'Give it another value.',
  },
  'missing-parameter': {
    says: 'A parameter or placeholder has no value.',
    todo: 'Add it to `parameters.env`, `ial.yaml` or the environment.',
  },
  'parameter-syntax': { says: 'A line of a parameters file is no `NAME=value`.', todo: 'Correct or comment the line.' },
  'dependency-cycle': {
    says: 'Resources, outputs or conditions need each other in a ring, which is printed.',
    todo: 'Remove one of the references.',
  },
} as const satisfies { readonly [code: string]: Explanation };

const PROPERTIES = {
  'unknown-type': { says: 'AWS has no resource type of this name.', todo: 'Correct the name; close ones are listed.' },
  'unmanaged-type': {
    says: 'Cloud Control cannot manage the type: the resource is recorded in Git and NOT applied.',
    todo: 'Apply it by other means. An account that says otherwise (`DescribeType`) is believed.',
  },
  'unknown-property': { says: 'The type has no property of this name at this place.', todo: 'Correct the name; close ones are listed.' },
  'missing-required': { says: 'A property that is required, or one of several, is not there.', todo: 'Add it.' },
  'wrong-type': { says: 'A value of another type than is asked for, such as a mapping for a list.', todo: 'Write the type named.' },
  'bad-enum': { says: 'A value that is none of the allowed ones.', todo: 'Write one of those named.' },
  'bad-pattern': { says: 'A text that the pattern of the property refuses.', todo: 'Write it in the form named.' },
  'bad-length': { says: 'A text that is too short or too long.', todo: 'Stay within the length named.' },
  'out-of-range': { says: 'A number below the least or above the most.', todo: 'Stay within the range named.' },
  'list-size': { says: 'A list with too few or too many items.', todo: 'Stay within the number named.' },
  'duplicate-item': { says: 'An item stands twice in a list whose items must differ.', todo: 'Remove one.' },
  exclusive: { says: 'Properties that exclude each other are given together.', todo: 'Keep one of them.' },
  'read-only-property': { says: 'A property that AWS sets is given.', todo: 'Remove it.' },
  'port-range': { says: 'A port outside 0 to 65535, or a range whose first port is above its last.', todo: 'Correct the ports.' },
} as const satisfies { readonly [code: string]: Explanation };

const SETTINGS = {
  'config-invalid': { says: 'A setting of `ial.yaml` has a value it cannot have.', todo: 'Write what is named.' },
  'config-unknown': { says: '`ial.yaml` has a setting that does not exist.', todo: 'Correct or remove it.' },
  'unknown-environment': { says: 'The environment that was asked for is not in `ial.yaml`.', todo: 'Use one of those named, or add it.' },
  'settings-invalid': { says: 'The settings parameter of phase 00b or 00c is not valid.', todo: 'Correct it in the phase, then apply.' },
} as const satisfies { readonly [code: string]: Explanation };

const EDITS = {
  'edit-refused': {
    says: 'An edit cannot be made without touching something else, and was not made.',
    todo: 'Ask for it in the way named.',
  },
  'edit-choice': { says: 'An edit could be made at several places.', todo: 'Choose one.' },
  'no-change': { says: 'The edits leave every file as it is.', todo: 'Nothing.' },
} as const satisfies { readonly [code: string]: Explanation };

/** The groups in the order in which a file is judged. */
export const DIAGNOSTIC_CODES = {
  Files: FILES,
  YAML,
  Templates: TEMPLATES,
  'References and parameters': REFERENCES,
  Properties: PROPERTIES,
  'Configuration and settings': SETTINGS,
  Edits: EDITS,
} as const;

type KeysOf<Group> = Group extends unknown ? keyof Group : never;
export type DiagnosticCode = KeysOf<(typeof DIAGNOSTIC_CODES)[keyof typeof DIAGNOSTIC_CODES]>;
