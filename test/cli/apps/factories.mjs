import express from 'express'

export default function createDefault() {
  return express().get('/', (req, res) => res.end())
}

export async function createApp() {
  return express().put('/notes/:id', (req, res) => res.json(req.body))
}

export function createNothing() {}

export const settings = { port: 3000 }
