// Every message of this room is made of JSON values: whoever uses the one needs the other.
@_exported public import JSON
