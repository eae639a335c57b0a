export default function express() {}
